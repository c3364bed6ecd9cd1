# SPDX-License-Identifier: MIT
# Starts wcow.exe with its streams in our hands, and gives it what it is to read.
function Start-WcowProcess {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'asked by the cmdlets')]
    param([string] $Tool, [string[]] $Argument, [string[]] $Text, [switch] $Write)

    Write-Debug "wcow $Argument"
    $process = New-Object System.Diagnostics.Process
    $process.StartInfo = New-WcowStartInfo -Tool $Tool -Argument $Argument
    $encoding = New-Object System.Text.UTF8Encoding $false
    $before = $null
    # .NET Framework takes the console's encoding for this stream, and writes its mark of UTF-8 first.
    if ($PSVersionTable.PSEdition -ne 'Core' -and [Console]::InputEncoding.GetPreamble().Length) {
        $before = [Console]::InputEncoding
        [Console]::InputEncoding = $encoding
    }
    try {
        [void] $process.Start()
    } finally {
        if ($before) {
            [Console]::InputEncoding = $before
        }
    }
    if ($Write) {
        $bytes = $encoding.GetBytes((@($Text) -join "`r`n") + "`r`n")
        # What does not read to the end ends early: its exit code tells.
        try {
            $process.StandardInput.BaseStream.Write($bytes, 0, $bytes.Length)
            $process.StandardInput.BaseStream.Flush()
        } catch [System.IO.IOException] {
            Write-Debug $_
        }
    }
    try { $process.StandardInput.Close() } catch [System.IO.IOException] { Write-Debug $_ }
    $process
}

# SPDX-License-Identifier: MIT
# Starts wcow.exe with its streams in our hands; without -Write it has nothing to read.
function Start-WcowProcess {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'asked by the cmdlets')]
    param([string] $Tool, [string[]] $Argument, [switch] $Write)

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
    if (-not $Write) {
        try { $process.StandardInput.Close() } catch [System.IO.IOException] { Write-Debug $_ }
    }
    $process
}

# SPDX-License-Identifier: MIT
# How wcow.exe is started: pipes for its streams, UTF-8 in them, no window of its own.
function New-WcowStartInfo {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'makes a value')]
    param([string] $Tool, [AllowEmptyString()] [string[]] $Argument)

    $info = New-Object System.Diagnostics.ProcessStartInfo
    $info.FileName = $Tool
    $info.Arguments = ConvertTo-WcowCommandLine -Argument $Argument
    $info.UseShellExecute = $false
    $info.RedirectStandardInput = $true
    $info.RedirectStandardOutput = $true
    $info.RedirectStandardError = $true
    $info.StandardOutputEncoding = New-Object System.Text.UTF8Encoding $false
    $info.StandardErrorEncoding = $info.StandardOutputEncoding
    # In a console it shares ours, so that Ctrl-C reaches it; elsewhere (jobs, remoting, ISE) one would pop up.
    $info.CreateNoWindow = $Host.Name -ne 'ConsoleHost'
    $location = Get-Location -PSProvider FileSystem
    if (Test-Path -LiteralPath $location.ProviderPath) {
        $info.WorkingDirectory = $location.ProviderPath
    }
    $info
}

# SPDX-License-Identifier: MIT
# The PowerShell part of ci/demo: what is typed, and what comes out. tests/powershell/run shows the log.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2.0
$env:WCOW_ROOT = $null # wcow's own place, in a host of this demo's
$env:PSModulePath = (Join-Path $PSHOME 'Modules') + ';' + (Join-Path $env:ProgramFiles 'WindowsPowerShell\Modules')

function Show($text) {
    "PS C:\> $text"
    # Wine knows no rights, and install.ps1 warns of that: no Windows would.
    $WarningPreference = 'SilentlyContinue'
    (. ([scriptblock]::Create($text)) | Out-String -Width 120) -replace '(?m)[ \r]+$', '' -replace '\n\n+', "`n"
}

& {
    'PS C:\> Expand-Archive wcow-0.1.0-windows-amd64.zip C:\wcow-0.1.0'
    [IO.Compression.ZipFile]::ExtractToDirectory($env:WCOW_TEST_PACKAGE, 'C:\wcow-0.1.0')
    Show 'C:\wcow-0.1.0\install.ps1 | Select-Object Version, Path, Upgraded'
    Show "Import-WcowImage '$env:WCOW_TEST_IMAGES\nanoserver.tar' | Out-Null"
    Show '8081..8083 | ForEach-Object { Invoke-WcowContainer microsoft/nanoserver -Detach -Name web-$_ -Publish "${_}:$_" -Command web, "$_" } | Out-Null'
    Show 'Get-WcowContainer'
    Show 'Get-WcowContainer web-* | ForEach-Object { $_ | Restart-WcowContainer -TimeoutSeconds 1; (New-Object Net.WebClient).DownloadString("http://127.0.0.1:$($_.Name.Substring(4))/") }'
    Show 'Get-WcowContainer web-8081 | Invoke-WcowCommand -Command cmd, /c, "echo I am %COMPUTERNAME%"'
    Show 'Get-WcowContainer | Remove-WcowContainer -Force -Confirm:$false'
    Show '& "$env:ProgramFiles\wcow\uninstall.ps1" -RemoveData -Force'
    Show 'Test-Path "$env:ProgramFiles\wcow", "$env:ProgramData\wcow"'
} | Out-File $env:WCOW_TEST_LOG -Encoding utf8 -Width 200
if ((Test-Path "$env:ProgramFiles\wcow") -or (Test-Path "$env:ProgramData\wcow")) { exit 1 }

# Containers that run are in the way: uninstall.ps1 says which. %ProgramData%\wcow stays.
$ErrorActionPreference = 'Stop'
& (Join-Path $env:ProgramFiles 'wcow\uninstall.ps1')

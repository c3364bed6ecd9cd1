# The zip's own installer does the rest. Chocolatey would put a second program of the same name (a shim) on PATH
# for each in the zip: the file beside it says not to.
$ErrorActionPreference = 'Stop'
$tools = Split-Path -Parent $MyInvocation.MyCommand.Definition
$package = Join-Path $tools 'package'

Install-ChocolateyZipPackage -PackageName 'wcow' -UnzipLocation $package -Url64bit '@URL@' `
    -Checksum64 '@SHA256@' -ChecksumType64 'sha256'
Get-ChildItem -Path $package -Filter '*.exe' -Recurse | ForEach-Object { Set-Content -Path "$($_.FullName).ignore" -Value '' }
& (Join-Path $package 'install.ps1')

# The zip's own installer does the rest. Chocolatey would make a second wcow.exe (a shim) on PATH: the
# file beside it says not to.
$ErrorActionPreference = 'Stop'
$tools = Split-Path -Parent $MyInvocation.MyCommand.Definition
$package = Join-Path $tools 'package'

Install-ChocolateyZipPackage -PackageName 'wcow' -UnzipLocation $package -Url64bit '@URL@' `
    -Checksum64 '@SHA256@' -ChecksumType64 'sha256'
Set-Content -Path (Join-Path $package 'wcow.exe.ignore') -Value ''
& (Join-Path $package 'install.ps1')

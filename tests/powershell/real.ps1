# SPDX-License-Identifier: MIT
# Runs the tests of this folder on a real Windows host without wcow (they install and uninstall it), in the PowerShell
# that runs this script. Elsewhere tests/powershell/run does that, on a simulated host.
param(
    [Parameter(Mandatory = $true)] [string] $Results,
    [Parameter(Mandatory = $true)] [string] $Package,
    [Parameter(Mandatory = $true)] [string] $Images,
    [Parameter(Mandatory = $true)] [string] $Pester
)
$ErrorActionPreference = 'Stop'
$env:WCOW_ROOT = 'C:\wcow-test-powershell'
$env:WCOW_TEST_FOLDER = $PSScriptRoot
$env:WCOW_TEST_PACKAGE = Convert-Path $Package
$env:WCOW_TEST_IMAGES = Convert-Path $Images
$env:WCOW_TEST_PESTER = Convert-Path $Pester
$env:WCOW_TEST_RESULTS = $Results
$env:WCOW_TEST_LOG = "$Results.log"
$env:WCOW_TEST_EXCLUDE = 'Simulated'
Add-Type -AssemblyName System.IO.Compression.FileSystem # which 5.1 has not loaded by itself
# Where administrators alone write: a program elsewhere makes no services.
$unpacked = Join-Path $env:ProgramFiles 'wcow-test'
Expand-Archive -LiteralPath $env:WCOW_TEST_PACKAGE -DestinationPath $unpacked -Force
$env:WCOW_EXE = Join-Path $unpacked 'wcow.exe'
$env:WCOW_TEST_MODULE = Join-Path $unpacked 'Wcow'
& (Join-Path $PSScriptRoot 'all.ps1')
exit $LASTEXITCODE

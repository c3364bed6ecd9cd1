# SPDX-License-Identifier: MIT
# The module Wcow: what every cmdlet shares stands in Private/, one cmdlet a file in Public/, and which command of
# wcow.exe each of them drives, with which options, in Commands.psd1.
Set-StrictMode -Version 2.0

$script:Commands = Import-PowerShellDataFile -LiteralPath (Join-Path $PSScriptRoot 'Commands.psd1')
$script:ExitCode = 0

foreach ($folder in 'Private', 'Public') {
    foreach ($file in Get-ChildItem -LiteralPath (Join-Path $PSScriptRoot $folder) -Filter '*.ps1') {
        . $file.FullName
    }
}

Register-WcowCompleter

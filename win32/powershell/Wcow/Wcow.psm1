# SPDX-License-Identifier: MIT
# The module Wcow: what every cmdlet shares stands in Private/, one cmdlet a file in Public/, and which command of
# wcow.exe each of them drives, with which options, in Commands.psd1.
Set-StrictMode -Version 2.0

# Each stream of a wcow.exe that is read keeps a thread of .NET's pool. The pool makes as many as there are processors at
# once, and more one after the other, half a second for each: beside some containers that are waited for, a list would
# come seconds late.
$workers = 0
$ports = 0
[System.Threading.ThreadPool]::GetMinThreads([ref] $workers, [ref] $ports)
if ($workers -lt 64) {
    [void] [System.Threading.ThreadPool]::SetMinThreads(64, $ports)
}

$script:Commands = Import-PowerShellDataFile -LiteralPath (Join-Path $PSScriptRoot 'Commands.psd1')
$script:ExitCode = 0

foreach ($folder in 'Private', 'Public') {
    foreach ($file in Get-ChildItem -LiteralPath (Join-Path $PSScriptRoot $folder) -Filter '*.ps1') {
        . $file.FullName
    }
}

Register-WcowCompleter

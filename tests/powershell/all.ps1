# SPDX-License-Identifier: MIT
# Runs the files named, or all, in this PowerShell. Its exit code is the number of tests that failed.
# tests/powershell/run says in WCOW_TEST_… where everything is.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2.0
$env:PSModulePath = Join-Path $PSHOME 'Modules'
Import-Module (Join-Path $env:WCOW_TEST_PESTER 'Pester.psd1')

# The image of all tests, under a short name. What a test makes it removes, or Reset-TestHost does.
Import-Module $env:WCOW_TEST_MODULE
& $env:WCOW_EXE load --quiet --input "$env:WCOW_TEST_IMAGES\nanoserver.tar" | Out-Null
& $env:WCOW_EXE tag microsoft/nanoserver nano:1
function global:Reset-TestHost {
    Get-WcowContainer | Remove-WcowContainer -Force -Volume
    Get-WcowVolume | Remove-WcowVolume
    Get-WcowNetwork test* | Remove-WcowNetwork
}

# As Pester's own JUnit file, which it makes with questions to WMI that Wine never answers.
function ConvertTo-JUnit($tests, $broken) {
    $escape = { param($text) [Security.SecurityElement]::Escape(($text -replace "[^\t\r\n -\uD7FF]", '?')) }
    '<testsuite name="powershell">'
    foreach ($test in $tests) {
        '<testcase name="{0}" time="{1:0.000}">' -f (& $escape $test.ExpandedPath), $test.Duration.TotalSeconds
        $message = & $escape ($test.ErrorRecord | Out-String)
        switch ($test.Result) {
            'Passed' { }
            'Skipped' { '<skipped/>' }
            default { "<failure>$message</failure>" }
        }
        '</testcase>'
    }
    # What failed outside of any test: a file that cannot be read, a BeforeAll.
    foreach ($block in $broken) {
        $message = & $escape ($block.ErrorRecord | Out-String)
        '<testcase name="{0}"><failure>{1}</failure></testcase>' -f (& $escape "$block"), $message
    }
    '</testsuite>'
}

$configuration = New-PesterConfiguration
$configuration.Run.Path = if ($args) {
    @($args | ForEach-Object { Join-Path $env:WCOW_TEST_FOLDER $_ })
} else { $env:WCOW_TEST_FOLDER }
$configuration.Run.PassThru = $true
# On a real host (real.ps1): what needs a service that fails when it is told to, the programs of the simulated images,
# PowerShell 7 or wcow.dll.
if ($env:WCOW_TEST_EXCLUDE) { $configuration.Filter.ExcludeTag = $env:WCOW_TEST_EXCLUDE }
$configuration.Output.Verbosity = 'Detailed'
$configuration.Output.RenderMode = 'Plaintext'
$configuration.Output.CIFormat = 'None'
# What Pester shows is written down as it comes; the console is one that nobody sees.
function Invoke-Tests {
    Invoke-Pester -Configuration $configuration *>&1 | ForEach-Object {
        if ($_ -is [Pester.Run]) { $script:result = $_ } else { $_ }
    } | Out-File $env:WCOW_TEST_LOG -Encoding utf8 -Width 400 -Append
}
Invoke-Tests
$tests = @($result.Tests)
$broken = @($result.FailedBlocks) + @($result.FailedContainers)

# Wine cannot make a process now and then (tests/cli/wcowtest/wine.py): such files are run once more, and it is said.
$busy = { "$($_.ErrorRecord)" -match 'Internal error|0x8007054F' }
$files = @(@($tests | Where-Object $busy | ForEach-Object { $_.ScriptBlock.File }) +
    @($broken | Where-Object $busy | ForEach-Object { "$($_.BlockContainer)"; "$_" }) | Where-Object { $_ -like '*.Tests.ps1' } | Sort-Object -Unique)
if ($files) {
    "once more, since Wine could not make a process: $files" | Add-Content $env:WCOW_TEST_LOG
    Reset-TestHost
    $configuration.Run.Path = $files
    Invoke-Tests
    $tests = @($tests | Where-Object { $_.ScriptBlock.File -notin $files }) + @($result.Tests)
    $broken = @($broken | Where-Object { "$($_.BlockContainer)" -notin $files -and "$_" -notin $files }) + @($result.FailedBlocks) + @($result.FailedContainers)
}
ConvertTo-JUnit $tests $broken | Set-Content $env:WCOW_TEST_RESULTS -Encoding utf8
$failed = @($tests | Where-Object Result -eq 'Failed').Count + $broken.Count
exit [Math]::Min($failed, 100)

# SPDX-License-Identifier: MIT
# `wcow completion powershell`, asked as the Tab key asks it.
BeforeAll {
    & $env:WCOW_EXE completion powershell | Out-String | Invoke-Expression
    & $env:WCOW_EXE load -q -i (Join-Path $env:WCOW_TEST_IMAGES 'nanoserver.tar') | Out-Null
    & $env:WCOW_EXE create --name resting microsoft/nanoserver:latest cmd | Out-Null

    # Called by its path: under Wine PATH is not searched as on Windows.
    function Complete($line) {
        $line = $line -replace '^wcow(\.exe)?', $env:WCOW_EXE.Replace('$', '$$')
        (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches
    }
}
AfterAll {
    & $env:WCOW_EXE rm -f resting | Out-Null
    & $env:WCOW_EXE rmi -f microsoft/nanoserver:latest | Out-Null
}

Describe 'Completion in PowerShell' {
    It 'makes "<Line>" "<Wanted>"' -ForEach @(
        @{ Line = 'wcow conta'; Wanted = 'container' }
        @{ Line = 'wcow container pru'; Wanted = 'prune' }
        @{ Line = 'wcow ps --no'; Wanted = '--no-trunc' }
        @{ Line = 'wcow run --isolation hy'; Wanted = 'hyperv' }
        @{ Line = 'wcow run --isolation=hy'; Wanted = '--isolation=hyperv' }
        @{ Line = 'wcow run -it --name "a b" micro'; Wanted = 'microsoft/nanoserver:latest' }
        @{ Line = 'wcow start '; Wanted = 'resting' }
        @{ Line = 'wcow cp rest'; Wanted = 'resting:' }
        @{ Line = 'wcow explain HCS_E_UNEXPECTED_EX'; Wanted = 'HCS_E_UNEXPECTED_EXIT' }
    ) {
        @(Complete $Line | ForEach-Object { $_.CompletionText }) | Should -Be $Wanted
    }
    It 'makes "<Line>" "<Wanted>" of filters' -ForEach @(
        @{ Line = 'wcow ps --filter sta'; Wanted = 'status=' }
        @{ Line = 'wcow ps --filter status=ex'; Wanted = 'status=exited' }
        @{ Line = 'wcow ps --filter=ancestor=micro'; Wanted = '--filter=ancestor=microsoft/nanoserver:latest' }
    ) {
        @(Complete $Line | ForEach-Object { $_.CompletionText }) | Should -Be $Wanted
    }
    It 'tells what each word is' {
        @(Complete 'wcow imag')[0].ToolTip | Should -Be 'Manage images'
    }
}

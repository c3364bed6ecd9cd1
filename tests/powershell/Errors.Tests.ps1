# SPDX-License-Identifier: MIT
Describe 'Failures' {
    AfterAll {
        Reset-TestHost
    }
    It 'are error records with a category, a target and a kind' {
        Start-WcowContainer nobody -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'Wcow.NotFound*'
        $problems[0].CategoryInfo.Category | Should -Be ObjectNotFound
        $problems[0].TargetObject | Should -Be nobody
        "$($problems[0])" | Should -Be 'No such container: nobody'
        Get-WcowContainer nobody -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].CategoryInfo.Category | Should -Be ObjectNotFound
    }
    It 'end a script that wants it so, and no other' {
        { Start-WcowContainer nobody -ErrorAction Stop } | Should -Throw 'No such container: nobody'
        New-WcowContainer nano:1 -Name there | Out-Null
        'nobody', 'there' | Remove-WcowContainer -ErrorAction SilentlyContinue
        Get-WcowContainer | Should -BeNullOrEmpty
    }
    It 'have HRESULT, what to do, and what the service said' -Tag Simulated {
        New-WcowContainer nano:1 -Name broken -Command ping | Out-Null
        try {
            Set-Content $env:WCOW_TEST_FAULTS '{"call":"HcsStartComputeSystem","every":true,"hr":"0xC0370106","events":true}'
            Start-WcowContainer broken -ErrorVariable problems -ErrorAction SilentlyContinue
        } finally {
            Set-Content $env:WCOW_TEST_FAULTS ''
        }
        '0x{0:X8}' -f $problems[0].Exception.HResult | Should -Be 0xC0370106
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $problems[0].Exception.Data['Events'] | Should -Not -BeNullOrEmpty
        ($problems[0] | Get-WcowError).Name | Should -Be HCS_E_UNEXPECTED_EXIT
    }
    It 'are explained by code' {
        foreach ($code in -1073741510, 0xC000013A, [uint32] 3221225786, [int64] 3221225786, '-1073741510', '3221225786', '0xc000013a') {
            (Get-WcowError $code).Name | Should -Be STATUS_CONTROL_C_EXIT
            ($code | Get-WcowError).Name | Should -Be STATUS_CONTROL_C_EXIT
        }
        $explained = Get-WcowError 0x80370106
        $explained.Code, $explained.Name | Should -Be '0xC0370106', 'HCS_E_UNEXPECTED_EXIT'
        $explained.HResult | Should -Be -1070137082
        $explained.Remedies.Count | Should -BeGreaterThan 1
        @(Get-WcowError).Count | Should -BeGreaterThan 40
    }
    It 'of a host are findings' {
        $findings = @(Test-WcowHost)
        ($findings | Where-Object Id -eq compute).Verdict | Should -Be fine
        $findings[0].Fixed | Should -BeOfType bool
        Test-WcowHost -Quiet | Should -BeOfType bool
    }
    It 'of a host are mended without a question' -Tag Simulated {
        Invoke-WcowContainer nano:1 -Detach -Name lost -Command ping, -t, localhost | Out-Null
        Get-Process wcow | Stop-Process -Force # the container's monitor
        (Repair-WcowHost | Where-Object Fixed).Id | Should -Contain monitors
        (Get-WcowContainer lost).Running | Should -BeFalse
    }
}

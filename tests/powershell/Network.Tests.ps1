# SPDX-License-Identifier: MIT
Describe 'Networks and volumes' {
    AfterAll {
        Reset-TestHost
    }
    It 'are made, listed and removed' {
        $network = New-WcowNetwork test-net -Driver nat -Subnet 172.30.0.0/16 -Label @{ site = 'a' }
        $network.Driver, "$network" | Should -Be nat, test-net
        $network.Labels.site | Should -Be a
        (Get-WcowNetwork test-* -Detailed).Detail.IPAM.Config[0].Subnet | Should -Be '172.30.0.0/16'
        $network | Remove-WcowNetwork
        Get-WcowNetwork test-* | Should -BeNullOrEmpty

        $volume = New-WcowVolume data -Label @{ site = 'b' }
        Test-Path -LiteralPath $volume.Mountpoint | Should -BeTrue
        (Get-WcowVolume da* -Detailed).Detail.Labels.site | Should -Be b
        Get-WcowVolume -Filter @{ label = 'site=b' } | Remove-WcowVolume
        Get-WcowVolume | Should -BeNullOrEmpty
    }
    It 'are joined and left by containers of the pipeline' {
        New-WcowNetwork test-two -Subnet 172.31.0.0/16 | Out-Null
        New-WcowContainer nano:1 -Name joined -Command ping | Connect-WcowNetwork test-two
        (Get-WcowContainer joined).Networks | Should -Contain test-two
        Disconnect-WcowNetwork test-two joined
        (Get-WcowContainer joined).Networks | Should -Not -Contain test-two
    }
    It 'take files in and out' {
        New-WcowContainer nano:1 -Name files -Command ping | Out-Null
        Set-Content C:\note.txt 'hello'
        Get-Item C:\note.txt | Copy-WcowItem -ToContainer files -Destination C:\note.txt
        Copy-WcowItem C:\note.txt -FromContainer files -Destination C:\back.txt
        Get-Content C:\back.txt | Should -Be hello
        Remove-Item C:\note.txt, C:\back.txt
    }
}

Describe 'What is not used' {
    It 'is only told of with -WhatIf, and removed with -Force' {
        New-WcowContainer nano:1 -Name old | Out-Null
        Clear-Wcow -WhatIf
        Get-WcowContainer old | Should -Not -BeNullOrEmpty
        New-WcowNetwork test-idle | Out-Null
        Clear-Wcow -Network -Force
        Get-WcowNetwork test-i* | Should -BeNullOrEmpty
        $cleared = Clear-Wcow -Container -Force
        $cleared.Reclaimed | Should -BeOfType long
        Get-WcowContainer | Should -BeNullOrEmpty
        (Get-WcowDiskUsage | Where-Object Type -eq Images).Size | Should -BeOfType long
    }
}

Describe 'Names' {
    AfterAll {
        Reset-TestHost
    }
    It 'are completed where a parameter takes one' {
        New-WcowContainer nano:1 -Name complete-me | Out-Null
        # Windows' own "nat" is made with the first container that runs.
        New-WcowNetwork test-three -Subnet 172.29.0.0/16 | Out-Null
        $texts = { param($line) [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText }
        & $texts 'Start-WcowContainer com' | Should -Be 'complete-me'
        & $texts 'New-WcowContainer nan' | Should -Contain 'nano:1'
        & $texts 'New-WcowContainer nano:1 -Isolation h' | Should -Be hyperv
        & $texts 'Get-WcowNetwork test-t' | Should -Be test-three
        & $texts 'Get-WcowContainer -Status ex' | Should -Be exited
    }
    It 'and words are those that wcow completes' {
        $words = & (Get-Module Wcow) { $script:Words }
        $asked = @{ Isolation = 'run', '--isolation'; LogDriver = 'run', '--log-driver'; Pull = 'run', '--pull'; Restart = 'run', '--restart'; Schema = 'run', '--schema'
            Signal = 'kill', '--signal'; StopSignal = 'run', '--stop-signal'; Driver = 'network', 'create', '--driver'; Status = 'ps', '--filter' }
        foreach ($each in $words.Keys) {
            $begin = if ($each -eq 'Status') { 'status=' } else { '' }
            $offered = & $env:WCOW_EXE complete "=$begin" $asked[$each] | ForEach-Object { ($_ -split "`t")[0].Substring($begin.Length) }
            # States in which nobody finds a container: they last for a moment, or Docker alone has them.
            Compare-Object $words[$each] @($offered | Where-Object { $_ -notin 'restarting', 'removing' }) | Should -BeNullOrEmpty -Because $each
        }
    }
}

Describe 'Jobs' {
    # 5.1 has no jobs in threads; one in another process takes long under Wine.
    It 'run cmdlets, and what they return is piped on' -Tag Simulated {
        New-WcowContainer nano:1 -Name in-a-job | Out-Null
        $job = Start-ThreadJob { Import-Module $env:WCOW_TEST_MODULE; Get-WcowContainer in-a-job }
        $found = $job | Wait-Job -Timeout 60 | Receive-Job -AutoRemoveJob -Wait
        $found.Id | Should -Match '^[0-9a-f]{64}$'
        # As objects of a job in another process come: without the methods of their type.
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($found))
        $copy | Remove-WcowContainer
        Get-WcowContainer in-a-job* | Should -BeNullOrEmpty
    }
}

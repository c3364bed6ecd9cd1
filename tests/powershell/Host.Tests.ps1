# SPDX-License-Identifier: MIT
# What a host tells of itself: its parts, what happens and has happened on it, and what is kept on its disk, to the byte.
Describe 'A host' {
    AfterAll {
        Reset-TestHost
    }
    It 'tells about itself' {
        $about = Get-WcowHost
        $about.PSObject.TypeNames[0] | Should -Be Wcow.Host
        $about.OSType | Should -Be windows
        $about.Images | Should -Be @(Get-WcowImage | Select-Object -ExpandProperty Id -Unique).Count
    }
    It 'tells what happens while it happens' {
        # Its moment is told: on a busy machine all of it may have happened before the watcher is there.
        $shell = [powershell]::Create().AddScript({
                param($Since)
                Import-Module $env:WCOW_TEST_MODULE
                Watch-WcowEvent -Since $Since -Filter @{ type = 'volume' } | Select-Object -First 2
            }).AddArgument((Get-Date).AddSeconds(-1))
        $running = $shell.BeginInvoke()
        Start-Sleep -Seconds 1
        New-WcowVolume watched | Out-Null
        Remove-WcowVolume watched
        $running.AsyncWaitHandle.WaitOne(60000) | Should -BeTrue
        $events = @($shell.EndInvoke($running))
        $events.Action | Should -Be create, destroy
        $events[0].Id | Should -Be watched
        $events[0].Time | Should -BeOfType datetime
    }
    It 'tells what has happened until a moment, and no more' {
        $since = Get-Date
        New-WcowVolume happened | Remove-WcowVolume
        @(Watch-WcowEvent -Since $since -Until (Get-Date)).Action | Should -Be create, destroy
    }
    It 'has a service for each container that starts with it' {
        Get-WcowService | Should -BeNullOrEmpty
        $web = Invoke-WcowContainer nano:1 -Detach -Name web -Restart always -Command ping, -t, localhost
        $service = Get-WcowService
        $service.Container, $service.Name | Should -Be $web.Id, 'web'
        $service.ProcessId | Should -BeGreaterThan 0
        Remove-WcowContainer web -Force
        Get-WcowService | Should -BeNullOrEmpty
    }
    It 'has a log of its own, of which each container has its part' -Tag Simulated {
        New-WcowContainer nano:1 -Name broken -Command ping | Out-Null
        try {
            Set-Content $env:WCOW_TEST_FAULTS '{"call":"HcsStartComputeSystem","every":true,"hr":"0xC0370106"}'
            Start-WcowContainer broken -ErrorAction SilentlyContinue
        } finally {
            Set-Content $env:WCOW_TEST_FAULTS ''
        }
        $entries = @(Get-WcowEventLog broken -Since (Get-Date).AddHours(-1))
        $entries.Count | Should -BeGreaterThan 0
        "$($entries | ConvertTo-Json -Depth 5)" | Should -Match 'broken'
        @(Get-WcowContainer broken | Get-WcowEventLog -Tail 1).Count | Should -Be 1
    }
}

Describe 'Sizes' {
    AfterAll {
        Reset-TestHost
    }
    It 'of images, their history, their layers and the whole are the same bytes' {
        $image = Get-WcowImage nano:1
        # Three digits of Docker's lists would lose these.
        $image.Size % 1000 | Should -Not -Be 0
        (Get-WcowImageHistory nano:1 | Measure-Object Size -Sum).Sum | Should -Be $image.Size
        $layers = @(Get-WcowLayer)
        $layers[0].Id | Should -Match '^[0-9a-f]{64}$'
        $layers[0].Size | Should -BeOfType long
        $usage = Get-WcowDiskUsage | Where-Object Type -eq Images
        $usage.Size | Should -Be ($layers | Measure-Object Size -Sum).Sum
        $usage.Reclaimable | Should -BeOfType long
    }
    It 'of containers are what is given back' {
        New-WcowContainer nano:1 -Name old | Out-Null
        $size = (Get-WcowContainer old -Size).SizeRw
        (Get-WcowDiskUsage | Where-Object Type -eq Containers).Reclaimable | Should -Be $size
        (Clear-Wcow -Container -Force).Reclaimed | Should -Be $size
    }
    It 'of what runs are those of its processes' -Tag Simulated {
        Invoke-WcowContainer nano:1 -Detach -Name box -Command ping, -t, localhost | Out-Null
        $row = & $env:WCOW_EXE stats --no-stream --human=false --format json box | ConvertFrom-Json
        $row.MemUsage | Should -Match '^\d+$'
        (Measure-WcowContainer box).MemoryUsage | Should -Be ([long] $row.MemUsage)
        $process = & $env:WCOW_EXE top --human=false --format json box | ConvertFrom-Json
        (Get-WcowProcess box).WorkingSet | Should -Be ([long] $process.PrivateWorkingSet)
    }
    # Whether the real service destroys a folder that is no layer is not known.
    It 'that nobody needs are layers that go' -Tag Simulated {
        $left = Join-Path $env:WCOW_ROOT "layers\$('ab' * 32)"
        [void] (New-Item -ItemType Directory $left)
        Get-WcowLayer | Where-Object Status -eq leftover | Remove-WcowLayer -WhatIf
        $left | Should -Exist
        Get-WcowLayer | Where-Object Status -eq leftover | Remove-WcowLayer
        $left | Should -Not -Exist
        Remove-WcowLayer (Get-WcowLayer)[0].Id -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].CategoryInfo.Category | Should -Be InvalidOperation
    }
}

# SPDX-License-Identifier: MIT
Describe 'Containers' {
    BeforeAll {
        # All simulated hosts of this machine share its ports.
        $base = Get-Random -Minimum 20000 -Maximum 29000
        $web = New-WcowContainer nano:1 -Name web -Publish "${base}:80", "$($base + 1)-$($base + 2):443-444/tcp" -Label @{ site = 'a'; empty = '' } -Memory 256MB -Command ping, -t, localhost
    }
    AfterAll {
        Reset-TestHost
    }

    It 'are made, and come out as typed objects' {
        $web.PSObject.TypeNames[0] | Should -Be 'Wcow.Container'
        $web.Id | Should -Match '^[0-9a-f]{64}$'
        $web.ShortId | Should -Be $web.Id.Substring(0, 12)
        $web.Name, $web.State, $web.Image, $web.Command, $web.Isolation | Should -Be 'web', 'created', 'nano:1', 'ping -t localhost', 'process'
        $web.Created | Should -BeOfType datetime
        ((Get-Date) - $web.Created).TotalMinutes | Should -BeLessThan 5
        $web.Labels.site | Should -Be 'a'
        $web.ExitCode | Should -BeNullOrEmpty
        "$web" | Should -Be 'web'
    }
    It 'are started, and tell their ports as objects' {
        $started = $web | Start-WcowContainer -PassThru
        $started.Running | Should -BeTrue
        $ports = $started.Ports | Sort-Object HostPort
        $ports.HostPort | Should -Be $base, ($base + 1), ($base + 2)
        $ports.ContainerPort | Should -Be 80, 443, 444
        $ports[1].HostIP | Should -Be '0.0.0.0'
        $ports[0].HostPort | Should -BeOfType int
    }
    It 'are listed by name, wildcard, beginning of an id, and state' {
        (Get-WcowContainer web).Id | Should -Be $web.Id
        (Get-WcowContainer w*b).Id | Should -Be $web.Id
        (Get-WcowContainer $web.ShortId).Name | Should -Be web
        Get-WcowContainer nope* | Should -BeNullOrEmpty
        @(Get-WcowContainer -Status running).Count | Should -Be 1
        Get-WcowContainer -Status exited, dead | Should -BeNullOrEmpty
        (Get-WcowContainer -Label site=a).Name | Should -Be web
        Get-WcowContainer -Filter @{ name = 'other' } | Should -BeNullOrEmpty
        Get-WcowContainer -Filter @{ exited = 0 } | Should -BeNullOrEmpty
    }
    It 'have sizes in bytes and all of inspect, when that is asked for' {
        $whole = Get-WcowContainer web -Size -Detailed
        $whole.SizeRootFs | Should -BeOfType long
        $whole.SizeRootFs | Should -BeGreaterThan 1000000
        $whole.Detail.HostConfig.Memory | Should -Be 268435456
    }
    It 'show in a table as wcow ps has them' {
        $table = Get-WcowContainer web | Out-String -Width 200
        $table | Should -Match 'ID +Name +Image +Status +Isolation +Ports'
        $table | Should -Match "$($web.ShortId) +web +nano:1 +Up .*process +.*0.0.0.0:${base}->80/tcp"
    }
    It 'are measured' {
        $usage = Measure-WcowContainer web
        $usage.Name | Should -Be web
        $usage.MemoryUsage | Should -BeOfType long
        $usage.MemoryUsage | Should -BeGreaterThan 0
        $usage.CpuPercent | Should -BeOfType double
        Measure-WcowContainer nothing* | Should -BeNullOrEmpty
    }
    It 'have processes' {
        $process = Get-WcowContainer web | Get-WcowProcess
        $process.ProcessName | Should -Be 'ping.exe'
        $process.ProcessId | Should -BeGreaterThan 0
        $process.CpuTime | Should -BeOfType timespan
    }
    It 'are only told of with -WhatIf' {
        Get-WcowContainer | Stop-WcowContainer -WhatIf
        Get-WcowContainer | Remove-WcowContainer -Force -WhatIf
        (Get-WcowContainer web).Running | Should -BeTrue
    }
    It 'are renamed while they run' {
        (Rename-WcowContainer web -NewName other -PassThru).Id | Should -Be $web.Id
        (Get-WcowContainer $web.Id | Rename-WcowContainer -NewName web -PassThru).Name | Should -Be web
    }
    It 'get other limits' {
        Update-WcowContainer web -Memory 512MB -Restart 'on-failure:3' -WarningAction SilentlyContinue
        $detail = (Get-WcowContainer web -Detailed).Detail
        $detail.HostConfig.Memory | Should -Be 536870912
        $detail.HostConfig.RestartPolicy.MaximumRetryCount | Should -Be 3
        Update-WcowContainer web -Restart no
    }
    It 'are stopped, waited for, and removed through the pipeline' {
        $stopped = Get-WcowContainer -Status running | Stop-WcowContainer -TimeoutSeconds 5 -PassThru
        $stopped.State | Should -Be exited
        $stopped.ExitCode | Should -BeOfType long
        ($stopped | Wait-WcowContainer).ExitCode | Should -Be $stopped.ExitCode
        (Get-WcowEvent -Filter @{ event = 'die' } | Where-Object Name -eq web).Attributes.exitCode | Should -Be "$($stopped.ExitCode)"
        Get-WcowContainer -Status exited | Remove-WcowContainer
        Get-WcowContainer | Should -BeNullOrEmpty
    }
}

Describe 'The session of the README' {
    AfterAll {
        Reset-TestHost
        Remove-WcowImage web:1
    }
    It 'restarts several, one after the other' {
        $base = Get-Random -Minimum 20000 -Maximum 29000
        Set-WcowImageTag nano:1 web:1
        foreach ($number in 1, 2) {
            Invoke-WcowContainer web:1 -Detach -Name "web$number" -Publish "$($base + $number):80" -Command ping, -t, localhost | Out-Null
        }
        $before = @((Get-WcowContainer web* -Detailed).Detail.State.StartedAt)
        Get-WcowContainer web* | Restart-WcowContainer -TimeoutSeconds 5
        $after = @(Get-WcowContainer web* -Detailed)
        $after.Running | Should -Be $true, $true
        $after.Detail.State.StartedAt | Where-Object { $_ -in $before } | Should -BeNullOrEmpty
        (Get-WcowContainer web1).Ports.HostPort | Should -Be ($base + 1)
    }
}

Describe 'A host with many containers' {
    BeforeAll {
        $one = New-WcowContainer nano:1 -Name many
        $root = Join-Path $env:WCOW_ROOT 'containers'
        $record = [IO.File]::ReadAllText("$root\$($one.Id)\container.json")
        foreach ($number in 1..499) {
            $id = '{0:x64}' -f (0x10000000 + $number)
            [void] [IO.Directory]::CreateDirectory("$root\$id")
            foreach ($file in 'config.json', 'state.json', 'container.lock', 'monitor.lock') {
                [IO.File]::Copy("$root\$($one.Id)\$file", "$root\$id\$file")
            }
            [IO.File]::WriteAllText("$root\$id\container.json", $record.Replace($one.Id, $id).Replace('"many"', "`"many$number`""))
        }
    }
    AfterAll {
        foreach ($number in 1..499) {
            [IO.Directory]::Delete("$root\$('{0:x64}' -f (0x10000000 + $number))", $true)
        }
        Reset-TestHost
    }
    It 'is listed by one start of wcow.exe' {
        $starts = @(Get-WcowContainer -Debug 5>&1 | Tee-Object -Variable out | Where-Object { $_ -is [System.Management.Automation.DebugRecord] })
        @($out | Where-Object { $_ -isnot [System.Management.Automation.DebugRecord] }).Count | Should -Be 500
        $starts.Count | Should -Be 1
    }
}

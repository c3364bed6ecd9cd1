# SPDX-License-Identifier: MIT
# What goes through the streams of wcow.exe, with one in its place that writes what a test says.
BeforeAll {
    # Lines that are read one by one; a script block among them is run when the line before it has been read.
    function New-Stream([object[]] $Item) {
        $stream = [pscustomobject] @{ Items = New-Object System.Collections.Queue (, @($Item)) }
        Add-Member -InputObject $stream -MemberType ScriptMethod -Name ReadLineAsync -Value {
            while ($this.Items.Count -and $this.Items.Peek() -is [scriptblock]) { [void] (& $this.Items.Dequeue()) }
            $text = if ($this.Items.Count) { "$($this.Items.Dequeue())`n" } else { '' }
            (New-Object IO.StringReader $text).ReadLineAsync()
        }
        $stream
    }
    function Set-Process([object[]] $Out = @(), [object[]] $Err = @(), [int] $Code = 0) {
        $global:FakeProcess = [pscustomobject] @{
            StandardOutput = New-Stream $Out; StandardError = New-Stream $Err; HasExited = $true; ExitCode = $Code
        }
        Add-Member -InputObject $global:FakeProcess -MemberType ScriptMethod -Name WaitForExit -Value { $true }
        Add-Member -InputObject $global:FakeProcess -MemberType ScriptMethod -Name Dispose -Value { }
    }
    Mock Start-WcowProcess -ModuleName Wcow { $global:FakeArgument = $Argument; $global:FakeProcess }
    $failure = '{"error":"a \"b\"","status":"not found","hresult":"0x80070002","hint":"","events":""}'
}
AfterAll {
    Remove-Variable FakeProcess, FakeArgument -Scope Global -ErrorAction SilentlyContinue
}

Describe 'Standard error of a program' {
    It 'is its own, even if it looks like JSON of wcow' {
        $lines = '{"error":5}', '{"error": "x"}', '{"error":', '{"warning":"x"}', ($failure + ' '), $failure.Replace('0x80070002', 'nonsense'), 'WARNING: mine'
        Set-Process -Out 'before', 'after' -Err $lines
        Invoke-WcowCommand box x -ErrorVariable problems -ErrorAction SilentlyContinue | Should -Be 'before', 'after'
        @($problems | ForEach-Object { "$_" }) | Should -Be $lines
        @($problems | Where-Object { $_.FullyQualifiedErrorId -notlike 'NativeCommandError*' }) | Should -BeNullOrEmpty
    }
    It 'is told from what wcow says of its own failures' {
        Set-Process -Err $failure -Code 1
        Invoke-WcowCommand box x -ErrorVariable problems -ErrorAction SilentlyContinue
        "$problems", $problems[0].CategoryInfo.Category | Should -Be 'a "b"', 'ObjectNotFound'
    }
    It 'stands in a log as it was written' {
        Set-Process -Err '{"error":"x"}', '{"warning":null}'
        Get-WcowLog box | Should -Be '{"error":"x"}', '{"warning":null}'
    }
}

Describe 'Progress of a pull before a container runs' {
    BeforeAll {
        $pull = "Unable to find image 'nano:2' locally", '2: Pulling from library/nano', '0f04c51d4768: Pull complete',
        "Digest: sha256:$('0' * 64)", 'Status: Downloaded newer image for nano:2'
        $ready = { $null = $global:FakeArgument -join "`n" -match '--cidfile=(.+)'; [IO.File]::WriteAllText($Matches[1], 'id') }
    }
    It 'is no error' {
        Set-Process -Out hello -Err (@($pull) + $ready)
        Invoke-WcowContainer nano:2 -ErrorAction Stop | Should -Be hello
        # What was said before the container was made may be read only afterwards.
        Set-Process -Out hello -Err (@($ready) + $pull)
        Invoke-WcowContainer nano:2 -ErrorAction Stop | Should -Be hello
    }
    It 'is none behind a warning either' {
        $warning = '{"warning":"a \"b\"","status":"ok","hresult":"","hint":"","events":""}'
        Set-Process -Out hello -Err (@($ready) + $warning + $pull)
        Invoke-WcowContainer nano:2 -ErrorAction Stop -WarningVariable warnings -WarningAction SilentlyContinue | Should -Be hello
        "$warnings" | Should -Be 'a "b"'
    }
    It 'comes out with -Verbose, and what the program writes as before' {
        Set-Process -Out hello -Err (@($pull) + $ready + 'bad' + $pull[1])
        $verbose = Invoke-WcowContainer nano:2 -Verbose -ErrorVariable problems -ErrorAction SilentlyContinue 4>&1 |
            Where-Object { $_ -is [System.Management.Automation.VerboseRecord] } | ForEach-Object { "$_" }
        $pull | Where-Object { $_ -notin $verbose } | Should -BeNullOrEmpty
        @($problems | ForEach-Object { "$_" }) | Should -Be 'bad', $pull[1]
    }
}

Describe 'Lines of a log' {
    It 'have the time of the one that they go on with' {
        Set-Process -Out '2026-01-02T03:04:05.123456789Z 10%', '20%', 'not-a-time at all', '2026-99-02T03:04:05Z x', '2026-01-02T03:04:06Z', '2026-01-02T03:04:07Z  two'
        $lines = @(Get-WcowLog box -AsObject)
        $lines.Line | Should -Be '10%', '20%', 'not-a-time at all', '2026-99-02T03:04:05Z x', '', ' two'
        @($lines | ForEach-Object { $_.Time.ToUniversalTime().Second }) | Should -Be 5, 5, 5, 5, 6, 7
    }
}

Describe 'Objects of text' {
    It 'have times of processes above a day' {
        Set-Process -Out '{"CPU":"30:01:02.500","Name":"sql  12  server.exe","PID":"12","PrivateWorkingSet":"12345678901"}'
        $process = Get-WcowProcess box
        $process.CpuTime | Should -Be ([timespan]::FromSeconds(30 * 3600 + 62.5))
        $process.ProcessName, $process.WorkingSet, $process.Container | Should -Be 'sql  12  server.exe', 12345678901, 'box'
    }
    It 'have every byte of a size' {
        Set-Process -Out '{"BlockIO":"1234567890123456789 / 9007199254740993","CPUPerc":"1.00%","ID":"a","MemUsage":"12345678901","Name":"a","NetIO":"--"}'
        $usage = Measure-WcowContainer
        $usage.MemoryUsage, $usage.BlockRead, $usage.BlockWritten | Should -Be 12345678901, 1234567890123456789, 9007199254740993
        $usage.NetworkSent | Should -BeNullOrEmpty
        Set-Process -Out '{"Active":"1","Reclaimable":"9007199254740993 (50%)","Size":"18014398509481986","TotalCount":"2","Type":"Images"}'
        $disk = Get-WcowDiskUsage
        $disk.Reclaimable, $disk.Size | Should -Be 9007199254740993, 18014398509481986
        Set-Process -Out 'Deleted Volumes:', 'x', '', 'Total reclaimed space: 9007199254740993'
        (Clear-Wcow -Volume -Force).Reclaimed | Should -Be 9007199254740993
    }
    It 'are those of an array one by one, in 5.1, too' {
        Mock ConvertFrom-Json -ModuleName Wcow { Write-Output -NoEnumerate @('a', 'b') }
        Set-Process -Out '["a","b"]'
        @(Invoke-WcowCommand box x -AsObject).Count | Should -Be 2
    }
}

Describe 'Standard input' -Tag Simulated {
    It 'is written while the output is read' {
        # In another runspace, whose wcow.exe is the real one.
        $shell = [powershell]::Create().AddScript({
                Import-Module $env:WCOW_TEST_MODULE
                $lines = 1..800 | ForEach-Object { "$_".PadLeft(5000, 'x') }
                $back = Invoke-WcowContainer nano:1 -Remove -InputText $lines -Command cat
                "$(-not (Compare-Object $lines @($back)))"
            })
        $running = $shell.BeginInvoke()
        $running.AsyncWaitHandle.WaitOne(120000) | Should -BeTrue -Because 'nobody waits for the other'
        $shell.EndInvoke($running) | Should -Be True
    }
}

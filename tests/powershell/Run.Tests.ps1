# SPDX-License-Identifier: MIT
Describe 'Programs in containers' {
    BeforeAll {
        Invoke-WcowContainer nano:1 -Detach -Name box -Command ping, -t, localhost | Out-Null
    }
    AfterAll {
        Reset-TestHost
    }

    # args, exit and cat are programs of the simulated images.
    It 'give their output line by line, and their exit code' -Tag Simulated {
        $lines = @(Invoke-WcowContainer nano:1 -Remove -Command args, one, 'two words', 'quo"te', 'back\slash\', '')
        $LASTEXITCODE | Should -Be 0
        "$lines" | Should -Match 'one'
        "$lines" | Should -Match 'two words'
        "$lines" | Should -Match 'quo"te'
        "$lines" | Should -Match 'back\\slash\\'
    }
    It 'are given any words as they are' -Tag Simulated {
        $seed = Get-Random
        $random = New-Object Random $seed
        $letters = 'a', 'b', ' ', '"', '"', '\', '\', "'", '%', '^', '&', '=', '-', [string] [char] 0xe4, [string] [char] 0x4e16
        $words = @(1..150 | ForEach-Object { -join @(for ($n = $random.Next(0, 9); $n -gt 0; $n--) { $letters[$random.Next($letters.Count)] }) })
        # The first line is the command line as a whole.
        $lines = @(Invoke-WcowContainer nano:1 -Remove -Command (@('args') + $words)) | Select-Object -Skip 1
        Compare-Object @($words | ForEach-Object { "[$_]" }) @($lines) -CaseSensitive -SyncWindow 0 | Should -BeNullOrEmpty -Because "the seed was $seed"
    }
    It 'may end with all 32 bits of a code' -Tag Simulated {
        Invoke-WcowContainer nano:1 -Remove -Command exit, 3221225477
        $LASTEXITCODE | Should -Be -1073741819
        @(Get-WcowContainer).Name | Should -Be box
    }
    It 'are run in a container, also from the pipeline' {
        Get-WcowContainer box | Invoke-WcowCommand -Command cmd, /c, 'echo hello' | Should -Be hello
        Invoke-WcowCommand box cmd /c 'exit 7'
        $LASTEXITCODE | Should -Be 7
    }
    It 'are understood in every language, both ways' -Tag Simulated {
        $text = 'Grüße – 世界 🐳'
        @(Invoke-WcowCommand box -Command args, $text) -join ' ' | Should -Match ([regex]::Escape($text))
        Invoke-WcowCommand box cat -InputText $text, 'second' | Should -Be $text, 'second'
    }
    It 'give objects where they write JSON' -Tag Simulated {
        $object = Invoke-WcowCommand box -AsObject -InputText '{"name":"x","values":[1,2]}' -Command cat
        $object.name | Should -Be x
        $object.values | Should -Be 1, 2
    }
    It 'tell of their errors as error records' {
        $out = Invoke-WcowCommand box -Command cmd, /c, 'echo fine & echo bad 1>&2' -ErrorVariable problems -ErrorAction SilentlyContinue
        "$out".Trim() | Should -Be fine
        "$($problems[0])".Trim() | Should -Be bad
        $problems[0].CategoryInfo.Category | Should -Be FromStdErr
    }
    It 'have variables, a folder, a log' {
        Invoke-WcowContainer nano:1 -Name logged -Environment @{ ONE = '1'; TWO = 'b c' } -WorkingDirectory C:\work -Command cmd, /c, 'echo %ONE% %TWO%' | Should -Be '1 b c'
        Get-WcowLog logged | Should -Be '1 b c'
        $line = Get-WcowLog logged -AsObject -Tail 1
        $line.Time | Should -BeOfType datetime
        $line.Container, $line.Line | Should -Be logged, '1 b c'
        Get-WcowLog logged -Since (Get-Date).AddHours(1) | Should -BeNullOrEmpty
    }
    It 'come as they are written, not at the end' {
        $first = $null
        $watch = [Diagnostics.Stopwatch]::StartNew()
        Get-WcowLog box -Follow | Where-Object { $_ } | Select-Object -First 1 | ForEach-Object { $first = $_ }
        $first | Should -Not -BeNullOrEmpty
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 20
    }
}

Describe 'Beside other commands' {
    It 'is read to its end, though threads are scarce' {
        # Each of these keeps a thread of the pool, as a container's output does that somebody waits for.
        $pipes = @(1..([Environment]::ProcessorCount + 10) | ForEach-Object { New-Object System.IO.Pipes.AnonymousPipeServerStream 'In' })
        $reads = @($pipes | ForEach-Object { (New-Object System.IO.StreamReader $_).ReadLineAsync() })
        try {
            1..2 | ForEach-Object { (Get-WcowVersion).Version | Should -Match '^\d+\.\d+' }
        } finally {
            $pipes | ForEach-Object { $_.DisposeLocalCopyOfClientHandle() }
            [System.Threading.Tasks.Task]::WaitAll([System.Threading.Tasks.Task[]] $reads, 5000) | Should -BeTrue
            $pipes | ForEach-Object { $_.Dispose() }
        }
    }
}

Describe 'Stopping a pipeline' {
    AfterEach {
        Reset-TestHost
    }
    It 'ends the container that it ran' {
        $shell = [powershell]::Create()
        [void] $shell.AddScript('Import-Module $env:WCOW_TEST_MODULE; Invoke-WcowContainer nano:1 -Name long -Command ping, -t, localhost')
        $lines = New-Object System.Management.Automation.PSDataCollection[psobject]
        $running = $shell.BeginInvoke((New-Object System.Management.Automation.PSDataCollection[psobject]), $lines)
        $end = (Get-Date).AddSeconds(60)
        while (-not $lines.Count -and -not $running.IsCompleted -and (Get-Date) -lt $end) { Start-Sleep -Milliseconds 100 }
        @($shell.Streams.Error.ReadAll()) | Should -BeNullOrEmpty
        $lines.Count | Should -BeGreaterThan 0 -Because ($running.IsCompleted)
        (Get-WcowContainer long).Running | Should -BeTrue
        $shell.Stop()
        (Get-WcowContainer long).Running | Should -BeFalse
        @(Get-Process wcow -ErrorAction SilentlyContinue).Count | Should -Be 0
    }
}

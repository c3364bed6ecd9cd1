# SPDX-License-Identifier: MIT
# What differs, or must not differ, between the two kinds of isolation. Machines that are virtual themselves mostly have
# no Hyper-V.
Describe 'Containers with <_> isolation' -Tag Simulated -ForEach 'process', 'hyperv' {
    BeforeAll {
        $box = Invoke-WcowContainer nano:1 -Detach -Name box -Isolation $_ -Command ping, -t, localhost
    }
    AfterAll {
        Reset-TestHost
    }

    It 'say which it is' {
        $box.Isolation, (Get-WcowContainer box -Detailed).Detail.HostConfig.Isolation | Should -Be $_, $_
    }
    It 'give output and exit code of what runs in them' {
        Invoke-WcowContainer nano:1 -Remove -Isolation $_ -Command cmd, /c, 'echo hello' | Should -Be hello
        Invoke-WcowCommand box cmd /c 'echo there & exit 9' | ForEach-Object { $_.Trim() } | Should -Be there
        $LASTEXITCODE | Should -Be 9
        Invoke-WcowCommand box cat -InputText 'one', 'two' | Should -Be one, two
    }
    It 'take files in and give them out, while they run' {
        Set-Content C:\in.txt 'hello'
        Copy-WcowItem C:\in.txt -ToContainer box -Destination C:\data.txt
        Copy-WcowItem C:\data.txt -FromContainer box -Destination C:\out.txt
        Get-Content C:\out.txt | Should -Be hello
        Remove-Item C:\in.txt, C:\out.txt
    }
    It 'are looked into and measured' {
        (Get-WcowProcess box).ProcessName | Should -Contain 'ping.exe'
        (Measure-WcowContainer box).MemoryUsage | Should -BeGreaterThan 0
    }
    It 'are entered with this console' {
        # What is typed comes from the console: the shell is one that ends by itself.
        (Enter-WcowContainer box cmd /c 'echo inside') -join '' | Should -Match inside
        (Get-WcowContainer box).Running | Should -BeTrue
    }
    It 'are suspended and resumed where Windows can' {
        if ($_ -eq 'hyperv') {
            (Suspend-WcowContainer box -PassThru).State | Should -Be paused
            (Get-WcowContainer -Status paused | Resume-WcowContainer -PassThru).State | Should -Be running
        } else {
            Suspend-WcowContainer box -ErrorVariable problems -ErrorAction SilentlyContinue
            $problems.Count | Should -Be 1
            Resume-WcowContainer box -ErrorVariable problems -ErrorAction SilentlyContinue
            $problems.Count | Should -Be 1
            (Get-WcowContainer box).Running | Should -BeTrue
        }
    }
    It 'are stopped, and show what they changed, and become images and archives' {
        Invoke-WcowCommand box cmd /c 'echo It works.> new.txt'
        (Stop-WcowContainer box -TimeoutSeconds 1 -PassThru).State | Should -Be exited
        (Compare-WcowContainer box | Where-Object Path -like '*new.txt').Kind | Should -Be Added
        $file = Export-WcowContainer box -Path C:\box.tar
        $file | Should -BeOfType IO.FileInfo
        $made = New-WcowImage -Path C:\box.tar -Image test:made -Change 'CMD ["cmd", "/c", "type new.txt"]'
        $made.Reference | Should -Be test:made
        Invoke-WcowContainer test:made -Remove -Isolation $_ | Should -Be 'It works.'
        Remove-WcowImage test:made
        Remove-Item C:\box.tar
    }
}

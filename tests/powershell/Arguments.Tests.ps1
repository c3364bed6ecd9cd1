# SPDX-License-Identifier: MIT
# What cmdlets give wcow.exe for what they were given, and whom they take for what it lists; wcow.exe itself is not started.
BeforeAll {
    function Set-Reply([hashtable] $Reply) {
        $global:Calls = New-Object System.Collections.ArrayList
        $global:Reply = $Reply
    }
    Mock Invoke-WcowTool -ModuleName Wcow {
        [void] $global:Calls.Add($Argument -join ' ')
        foreach ($begin in $global:Reply.Keys) { if (($Argument -join ' ').StartsWith($begin)) { $global:Reply[$begin] } }
    }
    function New-Row([string] $Name, [string] $Id) {
        '{"ID":"' + $Id.PadRight(64, '0') + '","Names":"' + $Name + '","Image":"nano:1","Command":"x","CreatedAt":"N/A","State":"exited","Status":"Exited (0)","HealthStatus":"","Isolation":"process","Ports":"","Networks":"","Mounts":"","Labels":"","Platform":""}'
    }
    function New-ImageRow([string] $Repository, [string] $Tag, [string] $Id, [string] $Digest = '<none>') {
        '{"ID":"sha256:' + $Id.PadRight(64, '0') + '","Repository":"' + $Repository + '","Tag":"' + $Tag + '","Digest":"' + $Digest + '","CreatedAt":"N/A","Size":"1MB"}'
    }
}
AfterAll {
    Remove-Variable Calls, Reply -Scope Global -ErrorAction SilentlyContinue
}

Describe 'Values of parameters' {
    BeforeEach {
        Set-Reply @{}
    }
    It 'that are 0, false or empty are values' {
        New-WcowContainer nano:1 -Environment @{ ZERO = 0; NO = $false; EMPTY = ''; HOST = $null; SET = 'x' }
        $global:Calls | Should -Be 'create --env=EMPTY= --env=HOST --env=NO=false --env=SET=x --env=ZERO=0 nano:1'
    }
    It 'of filters are all given' {
        Get-WcowContainer -Status exited, dead -Filter @{ exited = 0; name = '' } | Should -BeNullOrEmpty
        Get-WcowImage -Dangling -Filter @{ reference = 'a', 'b' } | Should -BeNullOrEmpty
        Get-WcowNetwork -Filter @{ dangling = $true } | Should -BeNullOrEmpty
        Get-WcowContainer -Label $null | Should -BeNullOrEmpty
        $filters = @($global:Calls | ForEach-Object { @($_ -split ' ' -like '--filter=*') -join ' ' })
        $filters | Should -Be @('--filter=status=exited --filter=status=dead --filter=exited=0 --filter=name=',
            '--filter=dangling=true --filter=reference=a --filter=reference=b', '--filter=dangling=true', '--filter=label=')
    }
    It 'leave the command of the image alone if there is none' {
        New-WcowContainer nano:1
        Invoke-WcowContainer nano:1 -Detach
        Invoke-WcowContainer nano:1 | Out-Null
        New-WcowContainer nano:1 -Command a, ''
        $global:Calls[0] | Should -Be 'create nano:1'
        $global:Calls[1] | Should -Be 'run --detach=true nano:1'
        $global:Calls[2] | Should -BeLike 'run --cidfile=*.cid nano:1'
        $global:Calls[3] | Should -Be 'create nano:1 a '
    }
}

Describe 'Words' {
    It 'are taken apart by Windows as they were put together' {
        $shell = Add-Type -PassThru -Namespace WcowTest -Name Shell -MemberDefinition @'
[DllImport("shell32.dll", CharSet = CharSet.Unicode)]
public static extern IntPtr CommandLineToArgvW(string line, out int count);
[DllImport("kernel32.dll")]
public static extern IntPtr LocalFree(IntPtr memory);
'@
        $seed = Get-Random
        $random = New-Object Random $seed
        $letters = 'a', 'b', ' ', '"', '"', '\', '\', "`t", "'", '%', '^', '=', [string] [char] 0xe4
        $wrong = foreach ($round in 1..300) {
            $words = [string[]] @(1..4 | ForEach-Object { -join @(for ($n = $random.Next(0, 9); $n -gt 0; $n--) { $letters[$random.Next($letters.Count)] }) })
            $line = & (Get-Module Wcow) { param($words) ConvertTo-WcowCommandLine -Argument $words } $words
            $count = 0
            $array = $shell::CommandLineToArgvW("program $line", [ref] $count)
            $found = @(for ($i = 1; $i -lt $count; $i++) {
                    [Runtime.InteropServices.Marshal]::PtrToStringUni([Runtime.InteropServices.Marshal]::ReadIntPtr($array, $i * [IntPtr]::Size))
                })
            [void] $shell::LocalFree($array)
            if (($found -join '|') -cne ($words -join '|')) { "$line became $($found -join '|')" }
        }
        $wrong | Should -BeNullOrEmpty -Because "the seed was $seed"
    }
}

Describe 'Clear-Wcow' {
    It 'removes what is named and nothing else' {
        Set-Reply @{}
        Clear-Wcow -Volume -Force
        Clear-Wcow -Volume -Image -All -Force -Filter @{ label = 'a=b' }
        Clear-Wcow -Force
        Clear-Wcow -All -Force
        Clear-Wcow -Network -Container -Force
        $global:Calls | Should -Be @('volume prune --human=false --force', 'image prune --all --human=false --force --filter=label=a=b',
            'volume prune --all --human=false --force --filter=label=a=b', 'system prune --human=false --force', 'system prune --all --human=false --force',
            'container prune --human=false --force', 'network prune --force')
    }
}

Describe 'Names' {
    BeforeEach {
        Set-Reply @{
            'ps --all --no-trunc' = (New-Row web abcd1), (New-Row Web abcd2), (New-Row abcd1 ef01), (New-Row other beef)
            'ps --all --format' = 'web', 'Web', 'other'
        }
    }
    It 'are those that are written so, before the beginnings of ids' {
        (Get-WcowContainer web).Name | Should -BeExactly web
        (Get-WcowContainer w*).Name | Should -BeExactly web
        (Get-WcowContainer abcd1).Name | Should -Be abcd1
        (Get-WcowContainer be).Name | Should -Be other
        (Get-WcowContainer ('abcd2'.PadRight(64, '0'))).Name | Should -BeExactly Web
        Remove-WcowContainer w*
        @($global:Calls -like 'rm*') | Should -Be 'rm web'
    }
    It 'that fit several are an error' {
        Get-WcowContainer abcd -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'Wcow.Conflict*'
        Get-WcowContainer WEB -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'Wcow.NotFound*'
    }
    It 'of networks are in any case' {
        Set-Reply @{ 'network ls' = '{"ID":"1234","Name":"Nat","Driver":"nat","Scope":"local","Internal":"false","CreatedAt":"N/A","Labels":""}' }
        (Get-WcowNetwork nat).Name | Should -BeExactly Nat
        (Get-WcowNetwork n*).Name | Should -BeExactly Nat
    }
    It 'of which none came are not all' {
        @() | Measure-WcowContainer
        @() | Get-WcowError
        $global:Calls | Should -BeNullOrEmpty
    }
}

Describe 'Images' {
    BeforeEach {
        $digest = "sha256:$('1' * 64)"
        $rows = (New-ImageRow web latest aa), (New-ImageRow web old bb), (New-ImageRow web '<none>' cc $digest), (New-ImageRow other latest aa)
        $details = 'aa', 'bb', 'cc' | ForEach-Object { '{"Id":"sha256:' + $_.PadRight(64, '0') + '","Os":"windows","Config":{"Labels":{"a":"b"}}}' }
        Set-Reply @{ 'images' = $rows; 'image inspect --format={{json .}}' = $details }
    }
    It 'are found by what pulls and docker call them' {
        (Get-WcowImage docker.io/library/web:old).Tag | Should -Be old
        (Get-WcowImage docker.io/web).Tag | Should -Be latest, old, '<none>'
        (Get-WcowImage "web@$digest").Id | Should -BeLike 'sha256:cc*'
        (Get-WcowImage aa).Repository | Should -Be web, other
    }
    It 'that were just had are one, under the name that was asked for' -ForEach @(
        @{ Name = 'web'; Id = 'aa'; Reference = 'web:latest' }
        @{ Name = 'docker.io/library/other'; Id = 'aa'; Reference = 'other:latest' }
        @{ Name = 'web:old'; Id = 'bb'; Reference = 'web:old' }
        @{ Name = "web@sha256:$('1' * 64)"; Id = 'cc'; Reference = "sha256:$('cc'.PadRight(64, '0'))" }
    ) {
        $global:Reply['image inspect --format={{.Id}}'] = "sha256:$($Id.PadRight(64, '0'))"
        (Request-WcowImage $Name).Reference | Should -Be $Reference
        (Set-WcowImageTag x $Name -PassThru).Reference | Should -Be $Reference
    }
    It 'of which one has labels that differ in case only are there, with a warning' {
        $global:Reply['image inspect --format={{json .}}'] = $details -replace '"a":"b"(.*)$', '"a":"b","A":"c"$1' | Select-Object -First 1
        $global:Reply['image inspect --format={{json .}}'] = @($global:Reply['image inspect --format={{json .}}']) + $details[1, 2]
        $found = @(Get-WcowImage web -WarningVariable warnings -WarningAction SilentlyContinue)
        $found.Count | Should -Be 3
        $found[1].Os, $found[2].Os | Should -Be windows, windows
        @($warnings).Count | Should -Be 1
        "$warnings" | Should -BeLike "sha256:aa*"
    }
    It 'have events of which one with such labels is left out' {
        $row = '{"Type":"container","Action":"die","Actor":{"ID":"1","Attributes":{"name":"x"}},"timeNano":1000000000000000000}'
        Set-Reply @{ events = $row, $row.Replace('"name":"x"', '"Site":"a","site":"b"'), $row }
        @(Get-WcowEvent -WarningAction SilentlyContinue).Name | Should -Be x, x
    }
}

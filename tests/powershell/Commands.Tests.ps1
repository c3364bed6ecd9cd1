# SPDX-License-Identifier: MIT
# Each command of wcow.exe has a cmdlet, or a reason why not; each option that a cmdlet gives is one of its command; each
# cmdlet is run by a test.
BeforeDiscovery {
    $data = Import-PowerShellDataFile (Join-Path $env:WCOW_TEST_MODULE 'Commands.psd1')
    $cmdlets = @($data.Cmdlets.Keys | Sort-Object | ForEach-Object { @{ Name = $_; Entry = $data.Cmdlets[$_] } })
}

BeforeAll {
    $data = Import-PowerShellDataFile (Join-Path $env:WCOW_TEST_MODULE 'Commands.psd1')
    # The commands within its cases, of each file that starts the real wcow.exe.
    $run = foreach ($file in Get-ChildItem -LiteralPath $env:WCOW_TEST_FOLDER -Filter *.Tests.ps1) {
        $text = [IO.File]::ReadAllText($file.FullName)
        if ($text -match 'Mock (Invoke-WcowTool|Start-WcowProcess) ') { continue }
        $tree = [System.Management.Automation.Language.Parser]::ParseInput($text, [ref] $null, [ref] $null)
        $calls = { param($node) $node.FindAll({ param($each) $each -is [System.Management.Automation.Language.CommandAst] }, $true) }
        & $calls $tree | Where-Object { $_.GetCommandName() -eq 'It' } | ForEach-Object { & $calls $_ } | ForEach-Object { $_.GetCommandName() }
    }
    # {command: its options}, of the pages that wcow.exe makes from its own tables.
    $commands = @{}
    $at = $null
    switch -Regex (& $env:WCOW_EXE reference) {
        '^# wcow (.+)$' { $at = $Matches[1]; $commands[$at] = @() }
        '^## ' { $section = $_ }
        '^\|.*`--([a-z0-9-]+)' { if ($at -and $section -eq '## Options') { $commands[$at] += $Matches[1] } }
    }
}

Describe 'The cmdlets and the commands' {
    It 'cover each other' {
        $commands.Count | Should -BeGreaterThan 50
        $covered = @($data.Cmdlets.Values | ForEach-Object { $_.Command; $_['Also'] }) + @($data.Without.Keys) | Where-Object { $_ } | Sort-Object -Unique
        Compare-Object @($commands.Keys) $covered | ForEach-Object { "$($_.InputObject) $($_.SideIndicator)" } | Should -BeNullOrEmpty
    }
    It 'name cmdlets that there are' {
        Compare-Object @($data.Cmdlets.Keys) @((Get-Module Wcow).ExportedFunctions.Keys) | Should -BeNullOrEmpty
    }
    It '<Name> is run by a test' -ForEach $cmdlets {
        $run | Should -Contain $Name
    }
    It '<Name> gives options that its command has' -ForEach $cmdlets {
        $options = @($Entry.Command) + @($Entry['Also']) | Where-Object { $_ } | ForEach-Object { $commands[$_] }
        $parameters = (Get-Command $Name).Parameters.Keys
        foreach ($given in @($Entry['Options'] | Where-Object { $_ } | ForEach-Object { $_.GetEnumerator() })) {
            $parameters | Should -Contain $given.Key
            $options | Should -Contain $given.Value
        }
    }
    It '<Name> gives no other option by itself' -ForEach $cmdlets {
        $file = Join-Path $env:WCOW_TEST_MODULE "Public\$Name.ps1"
        $tree = [System.Management.Automation.Language.Parser]::ParseFile($file, [ref] $null, [ref] $null)
        $options = @($Entry.Command) + @($Entry['Also']) | Where-Object { $_ } | ForEach-Object { $commands[$_] }
        $tree.FindAll({ param($each) $each -is [System.Management.Automation.Language.StringConstantExpressionAst] }, $true) | ForEach-Object {
            if ($_.Value -match '^--([a-z0-9-]+)(=|$)') { $options | Should -Contain $Matches[1] }
        }
    }
    It 'Clear-Wcow gives each of its commands options that this one has' {
        Mock Invoke-WcowTool { $global:Given += , @($Argument) } -ModuleName Wcow
        $global:Given = @()
        Clear-Wcow -Force -All
        Clear-Wcow -Container -Image -Network -Volume -All -Force
        $global:Given.Count | Should -Be 5
        foreach ($words in $global:Given) {
            foreach ($word in $words -match '^--') {
                $commands[$words[0..1] -join ' '] | Should -Contain ($word -replace '^--([a-z0-9-]+).*', '$1') -Because "$words"
            }
        }
    }
    It 'New-WcowContainer and Invoke-WcowContainer give each option of create that a script can use' {
        # What is for a person at a terminal, what another option says better, and other names of the same.
        $others = 'attach', 'cidfile', 'detach-keys', 'dry-run', 'interactive', 'tty', 'sig-proxy', 'quiet', 'help', 'net', 'net-alias', 'detach'
        foreach ($name in 'New-WcowContainer', 'Invoke-WcowContainer') {
            $command = $data.Cmdlets[$name].Command
            $commands[$command] | Where-Object { $_ -notin $others -and $_ -notin $data.Cmdlets[$name].Options.Values } | Should -BeNullOrEmpty
        }
    }
}

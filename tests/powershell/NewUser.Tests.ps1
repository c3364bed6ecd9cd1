# SPDX-License-Identifier: MIT
# As a new user would: from the zip alone, in a root of their own, by what the README shows.
BeforeDiscovery {
    # Machines that are virtual themselves mostly have no Hyper-V.
    $isolations = @(@{ Isolation = 'process' }; if ($env:WCOW_TEST_FAULTS) { @{ Isolation = 'hyperv' } })
}

Describe 'A new user' {
    BeforeAll {
        Remove-Module Wcow
        $script:before = $env:WCOW_ROOT, $env:PATH
        $env:WCOW_ROOT = 'C:\new-user'
        $script:downloads = 'C:\new'
        $script:target = Join-Path $env:ProgramFiles 'wcow'
        $script:module = Join-Path $env:ProgramFiles 'WindowsPowerShell\Modules\Wcow'
        # What is typed in the README, each line with what comes out: blocks of code, {Command, Output}.
        $script:typed = @()
        $open = $false
        foreach ($line in [IO.File]::ReadAllLines((Join-Path $env:WCOW_TEST_FOLDER '..\..\README.md'))) {
            if ($line -match '^    PS C:\\> (.+)$') {
                $typed += [pscustomobject] @{ Command = $Matches[1]; Output = @() }
                $open = $true
            } elseif ($line -match '^\S') {
                $open = $false
            } elseif ($open -and $line -match '^    (.*\S)') {
                $typed[-1].Output += $Matches[1]
            }
        }
        # All simulated hosts of this machine share its ports.
        $script:ports = "$(Get-Random -Minimum 2000 -Maximum 2900)"
        function Get-Typed([string] $Pattern) {
            $found = @($typed | Where-Object { $_.Command -match $Pattern })
            $found.Count | Should -BeGreaterThan 0 -Because "the README shows $Pattern"
            $found
        }
        # What it says, and what the README says that it says; what differs each time is made the same in both.
        function Compare-Typed($Typed, [string] $Isolation) {
            $command = $Typed.Command.Replace('-Detach', "-Detach -Isolation $Isolation").Replace('808', $ports)
            $said = (& ([scriptblock]::Create($command)) | Out-String -Width 120) -split '\r?\n'
            $same = {
                param($lines)
                @($lines | Where-Object { "$_".Trim() } | ForEach-Object {
                        $_ -replace '\b[0-9a-f]{12}\b', 'ID' -replace '(Up|Exited).*', '$1' -replace ' +', ' ' -replace $ports, '808' })
            }
            (& $same $said) -join "`n" | Should -Be ((& $same $Typed.Output) -join "`n") -Because $command
        }
        function Remove-All {
            Get-WcowContainer | Remove-WcowContainer -Force -Confirm:$false
        }
    }
    AfterAll {
        Remove-Module Wcow -ErrorAction SilentlyContinue
        if (Test-Path -LiteralPath $target) { & "$target\uninstall.ps1" -RemoveData -Force -Confirm:$false }
        Remove-Item -Path $downloads, 'C:\wcow-[0-9]*' -Recurse -Force
        $env:WCOW_ROOT, $env:PATH = $before
        Import-Module $env:WCOW_TEST_MODULE
    }

    It 'installs as the README says, and has wcow and the module' {
        [void] (New-Item -ItemType Directory $downloads)
        Copy-Item $env:WCOW_TEST_PACKAGE $downloads
        # Wine has a powershell.exe that does nothing, and no marks of the web on its files; this PowerShell comes without
        # the module that unpacks.
        if ($env:WCOW_TEST_FAULTS) {
            function powershell { & $args[-1] -WarningAction SilentlyContinue }
            function Unblock-File($file) { $file | Should -Exist }
            function Expand-Archive($file, $to) { [IO.Compression.ZipFile]::ExtractToDirectory((Convert-Path $file), $to) }
        }
        Push-Location $downloads
        try {
            foreach ($each in Get-Typed 'wcow-\d') { & ([scriptblock]::Create($each.Command)) | Out-Null }
        } finally {
            Pop-Location
        }
        # PowerShell looks there by itself, but for the one of the tests, whose module path is its own.
        Import-Module $module
        (Get-Module Wcow).Version | Should -Be (& "$target\wcow.exe" version --format '{{.Client.Version}}')
        (Get-WcowVersion).Path | Should -Be "$target\wcow.exe"
        Import-WcowImage (Join-Path $env:WCOW_TEST_IMAGES 'nanoserver.tar') | Out-Null
    }
    Context 'with <Isolation> isolation' -ForEach $isolations {
        AfterEach {
            Remove-All
        }
        It 'runs containers' {
            Invoke-WcowContainer microsoft/nanoserver -Isolation $Isolation -Remove -Command cmd, /c, 'echo hello' | Should -Be hello
            Get-WcowContainer | Should -BeNullOrEmpty
        }
        It 'has what the README shows of objects' {
            New-WcowContainer microsoft/nanoserver -Name base -Isolation process | Out-Null
            New-WcowImage base -Image web:1 -Change 'CMD ["ping", "-t", "localhost"]' | Out-Null
            foreach ($each in Get-Typed 'web1|web\*|-Status exited') { Compare-Typed $each $Isolation }
            (Get-WcowContainer).Name | Should -Be web1, base
            (Get-WcowContainer web1).Isolation | Should -Be $Isolation
        }
        # With a program of the simulated images.
        It 'has what the README shows of scripts' -Tag Simulated {
            foreach ($each in Get-Typed '^(8081\.\.8083|Get-WcowContainer$|Get-WcowContainer web-)') { Compare-Typed $each $Isolation }
            (Get-WcowContainer).Isolation | Should -Be $Isolation, $Isolation, $Isolation
        }
        It 'scripts a rolling restart of three web containers, of which two answer at each moment' -Tag Simulated {
            $own = 1..3 | ForEach-Object { "$ports$_" }
            foreach ($port in $own) {
                Invoke-WcowContainer microsoft/nanoserver -Detach -Name "web-$port" -Isolation $Isolation -Publish "${port}:$port" `
                    -Command web, "$port", "from $port" | Out-Null
            }
            function Get-Page($port) {
                $client = New-Object Net.WebClient
                for ($try = 0; $try -lt 50; $try++) {
                    try { return $client.DownloadString("http://127.0.0.1:$port/") } catch { Start-Sleep -Milliseconds 100 }
                }
            }
            $started = (Get-WcowContainer web-* -Detailed).Detail.State.StartedAt
            foreach ($container in Get-WcowContainer web-* | Sort-Object Name) {
                $container | Stop-WcowContainer -TimeoutSeconds 1
                foreach ($port in $own | Where-Object { $container.Name -ne "web-$_" }) { Get-Page $port | Should -Be "from $port" }
                $container | Start-WcowContainer
                foreach ($port in $own) { Get-Page $port | Should -Be "from $port" }
            }
            @(Get-WcowContainer web-* -Status running).Count | Should -Be 3
            $again = (Get-WcowContainer web-* -Detailed).Detail.State.StartedAt
            Compare-Object $started $again -IncludeEqual -ExcludeDifferent | Should -BeNullOrEmpty
        }
    }
    It 'uninstalls, and nothing is left' {
        Remove-Module Wcow
        & "$target\uninstall.ps1" -RemoveData -Force -Confirm:$false
        foreach ($path in $target, $env:WCOW_ROOT, $module) {
            $path | Should -Not -Exist
        }
        $env:PATH.Split(';') | Should -Not -Contain $target
        @(Get-Service wcow-*) | Should -BeNullOrEmpty
        @(Get-Process wcow, web, ping, vmwp -ErrorAction SilentlyContinue) | Should -BeNullOrEmpty
    }
}

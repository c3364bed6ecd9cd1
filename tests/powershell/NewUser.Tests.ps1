# SPDX-License-Identifier: MIT
# As a new user would: from the zip alone, in a root of their own.
Describe 'A new user' {
    BeforeAll {
        Remove-Module Wcow
        $script:before = $env:WCOW_ROOT, $env:PATH
        $env:WCOW_ROOT = 'C:\new-user'
        $script:package = 'C:\new'
        $script:target = Join-Path $env:ProgramFiles 'wcow'
        [IO.Compression.ZipFile]::ExtractToDirectory($env:WCOW_TEST_PACKAGE, $package)
    }
    AfterAll {
        Remove-Module Wcow -ErrorAction SilentlyContinue
        if (Test-Path -LiteralPath $target) { & "$target\uninstall.ps1" -RemoveData -Force -Confirm:$false }
        Remove-Item -LiteralPath $package -Recurse -Force
        $env:WCOW_ROOT, $env:PATH = $before
        Import-Module $env:WCOW_TEST_MODULE
    }

    It 'installs, and has wcow and the module' {
        & (Join-Path $package 'install.ps1') -WarningAction SilentlyContinue | Out-Null
        # PowerShell looks there by itself, but for the one of the tests, whose module path is its own.
        Import-Module (Join-Path $env:ProgramFiles 'WindowsPowerShell\Modules\Wcow')
        (Get-Module Wcow).Version | Should -Be (& "$target\wcow.exe" version --format '{{.Client.Version}}')
        Get-WcowVersion | Should -Not -BeNullOrEmpty
        Import-WcowImage (Join-Path $env:WCOW_TEST_IMAGES 'nanoserver.tar') | Out-Null
    }
    It 'runs containers with process isolation' {
        Invoke-WcowContainer microsoft/nanoserver -Isolation process -Remove -Command cmd, /c, 'echo hello' | Should -Be hello
    }
    # Machines that are virtual themselves mostly have no Hyper-V.
    It 'runs containers with Hyper-V isolation' -Tag Simulated {
        Invoke-WcowContainer microsoft/nanoserver -Isolation hyperv -Remove -Command cmd, /c, 'echo hello' | Should -Be hello
    }
    # With a program of the simulated images.
    It 'scripts a rolling restart of three web containers, each of which answers before the next' -Tag Simulated {
        $ports = 8471, 8472, 8473
        foreach ($port in $ports) {
            Invoke-WcowContainer microsoft/nanoserver -Detach -Name "web-$port" -Publish "${port}:$port" `
                -Command web, "$port", "from $port" | Out-Null
        }
        function Get-Page($port) {
            $client = New-Object Net.WebClient
            for ($try = 0; $try -lt 50; $try++) {
                try { return $client.DownloadString("http://127.0.0.1:$port/") } catch { Start-Sleep -Milliseconds 100 }
            }
        }
        $started = & "$target\wcow.exe" inspect --format '{{.State.StartedAt}}' web-8471 web-8472 web-8473
        foreach ($container in Get-WcowContainer web-* | Sort-Object Name) {
            $container | Restart-WcowContainer -TimeoutSeconds 1
            foreach ($port in $ports) { Get-Page $port | Should -Be "from $port" }
        }
        @(Get-WcowContainer web-* -Status running).Count | Should -Be 3
        $again = & "$target\wcow.exe" inspect --format '{{.State.StartedAt}}' web-8471 web-8472 web-8473
        Compare-Object $started $again -IncludeEqual -ExcludeDifferent | Should -BeNullOrEmpty
    }
    It 'uninstalls, and nothing is left' {
        Get-WcowContainer | Remove-WcowContainer -Force -Confirm:$false
        Remove-Module Wcow
        & "$target\uninstall.ps1" -RemoveData -Force -Confirm:$false
        foreach ($path in $target, $env:WCOW_ROOT, (Join-Path $env:ProgramFiles 'WindowsPowerShell\Modules\Wcow')) {
            $path | Should -Not -Exist
        }
        @(Get-Service wcow-*) | Should -BeNullOrEmpty
        @(Get-Process wcow, web, ping, vmwp -ErrorAction SilentlyContinue) | Should -BeNullOrEmpty
    }
}

# SPDX-License-Identifier: MIT
# install.ps1 and uninstall.ps1, from the zip that ci/package has made, in a root of its own.
BeforeDiscovery { Set-StrictMode -Version 2.0 }
BeforeAll {
    $script:before = $env:WCOW_ROOT, $env:PATH, $env:PSModulePath
    $env:WCOW_ROOT = 'C:\wcow-install'
    $script:package = 'C:\unpacked'
    $script:target = Join-Path $env:ProgramFiles 'wcow'
    $script:wcow = Join-Path $target 'wcow.exe'
    $script:modules = Join-Path $env:ProgramFiles 'WindowsPowerShell\Modules\Wcow'
    $script:registry = [Microsoft.Win32.Registry]::LocalMachine
    $script:environmentKey = 'SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
    $script:sourceKey = 'SYSTEM\CurrentControlSet\Services\EventLog\Application\wcow'
    $script:listKey = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\wcow'

    function Get-Key($name) {
        $key = $registry.OpenSubKey($name)
        if ($key) {
            $values = @{}
            foreach ($each in $key.GetValueNames()) { $values[$each] = $key.GetValue($each) }
            $key.Dispose()
            $values
        }
    }
    function Get-MachinePath {
        $key = $registry.OpenSubKey($environmentKey)
        $key.GetValue('Path', '', 'DoNotExpandEnvironmentNames')
        $key.Dispose()
    }
    function Install { & (Join-Path $package 'install.ps1') @args -WarningAction SilentlyContinue }
    function Uninstall { & (Join-Path $target 'uninstall.ps1') @args -Confirm:$false }
    function Find-Trace {
        @($target, $modules | Where-Object { Test-Path -LiteralPath $_ }) +
        @($sourceKey, $listKey | Where-Object { Get-Key $_ }) +
        @((Get-Key $environmentKey).Keys -like 'wcow-*') +
        @((Get-MachinePath).Split(';') -like '*\wcow*') + @($env:PATH.Split(';') -like '*\Program Files\wcow*')
    }
    [IO.Compression.ZipFile]::ExtractToDirectory($env:WCOW_TEST_PACKAGE, $package)
    $script:pathBefore = Get-MachinePath
    # wcow.exe itself registers its source with the first thing that it has to tell: other files' have.
    $registry.DeleteSubKeyTree($sourceKey, $false)
}
AfterAll {
    if (Test-Path -LiteralPath $wcow) { Uninstall -RemoveData -Force }
    Remove-Item -LiteralPath $package -Recurse -Force
    $env:WCOW_ROOT, $env:PATH, $env:PSModulePath = $before
}

Describe 'install.ps1' {
    It 'tells with -WhatIf what it would do, and does nothing' {
        Install -WhatIf | Should -BeNullOrEmpty
        Find-Trace | Should -BeNullOrEmpty
    }
    # What the host answers is replaced in a copy of the script: no other host is at hand.
    It 'refuses <What>, and has done nothing then' -ForEach @(
        @{ What = 'the PowerShell of 32 bits'; Asked = '[Environment]::Is64BitProcess'; Answer = '$false'; Message = '*32 bits*'; Scripts = 'install.ps1', 'uninstall.ps1' }
        @{ What = 'who is no administrator'; Asked = '$identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)'; Answer = '$false'; Message = '*by administrators*'; Scripts = 'install.ps1', 'uninstall.ps1' }
        @{ What = 'an older Windows'; Asked = '[Environment]::OSVersion.Version'; Answer = '([version] ''10.0.10586.0'')'; Message = '*needs Windows Server 2016*10.0.10586.0'; Scripts = 'install.ps1' }
        @{ What = 'a folder that is a link'; Asked = '$there = Get-Item -LiteralPath $Path -Force -ErrorAction SilentlyContinue'; Answer = '$there = [PSCustomObject] @{ Attributes = [IO.FileAttributes] 1040 }'; Message = '*is a link*'; Scripts = 'install.ps1' }
        @{ What = 'a Windows of 32 bits'; Asked = '[Environment]::Is64BitOperatingSystem'; Answer = '$false'; Message = '*needs Windows Server 2016*64 bits*'; Scripts = 'install.ps1' }
    ) {
        foreach ($name in $Scripts) {
            $text = [IO.File]::ReadAllText((Join-Path $package $name))
            $text.Contains($Asked) | Should -BeTrue
            [IO.File]::WriteAllText((Join-Path $package 'elsewhere.ps1'), $text.Replace($Asked, $Answer))
            { & (Join-Path $package 'elsewhere.ps1') -Confirm:$false } | Should -Throw $Message
            Remove-Item -LiteralPath (Join-Path $package 'elsewhere.ps1')
            Join-Path $package 'wcow.exe' | Should -Exist
        }
        Find-Trace | Should -BeNullOrEmpty
    }
    # Wine's icacls does nothing, and Wine tells of rights what the folder's mode says: what is answered and asked is looked at.
    It 'takes back what lets others write <Where>' -ForEach @(
        @{ Where = 'below Program Files'; Inside = $true; Rights = 'O:SYG:SYD:(A;OICI;FA;;;BU)'; Expected = 2 }
        @{ Where = 'elsewhere'; Inside = $false; Rights = 'O:BAG:SYD:(A;OICI;FA;;;BA)(A;OICIIO;GW;;;AU)'; Expected = 3 }
        @{ Where = 'for one who owns it'; Inside = $false; Rights = 'O:S-1-5-21-1-2-3-1001G:SYD:(A;OICI;FA;;;BA)'; Expected = 3 }
        @{ Where = 'and nothing where only administrators do'; Inside = $false; Rights = 'O:BAG:SYD:(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)'; Expected = 0 }
    ) {
        $text = [IO.File]::ReadAllText((Join-Path $package 'install.ps1'))
        $start = $text.IndexOf('function Test-Exposed'); $end = $text.IndexOf('# The new program asks')
        $part = $text.Substring($start, $end - $start).Replace('& (Join-Path ([Environment]::SystemDirectory) ''icacls.exe'') @Arguments | Out-Null', '$asked.Add("$Arguments"); $LASTEXITCODE = 0').Replace('Get-Acl -LiteralPath $Path', 'Get-Answer')
        $asked = New-Object Collections.Generic.List[string]
        $Path = if ($Inside) { $target } else { 'C:\prepared' }
        function Get-Answer {
            $acl = New-Object Security.AccessControl.DirectorySecurity
            $acl.SetSecurityDescriptorSddlForm($Rights)
            $acl
        }
        . ([ScriptBlock]::Create("$part; Protect-Folder"))
        $asked.Count | Should -Be $Expected
        if ($Expected) { $asked[0] | Should -Be "$Path /setowner *S-1-5-32-544 /t /l /q" }
        if ($Expected -eq 3) { $asked[2] | Should -BeLike '*/inheritance:r /grant:r *S-1-5-18:(OI)(CI)F*' }
    }
    It 'puts everything where it belongs' {
        $done = Install
        $done.Upgraded | Should -BeFalse
        # Wine knows no rights: to it everybody may write everywhere.
        @($done.Missing -notlike 'can only administrators replace wcow.exe*') | Should -BeNullOrEmpty
        $done.Version | Should -Be (& $wcow version --format '{{.Client.Version}}')
        foreach ($name in 'uninstall.ps1', 'LICENSE.txt', 'THIRD-PARTY.txt', 'completion\wcow.ps1', 'guide\self-test.md') {
            Join-Path $target $name | Should -Exist
        }
        (Get-Key $sourceKey).EventMessageFile | Should -Be $wcow
        (Get-Key $sourceKey).TypesSupported | Should -Be 7
        (Get-Key $listKey).DisplayVersion | Should -Be $done.Version
        & "$env:SystemRoot\System32\cmd.exe" /c 'wcow version --format {{.Client.Version}}' | Should -Be $done.Version
        (Get-Key $environmentKey).Keys -like 'wcow-*' | Should -BeNullOrEmpty
    }
    It 'copies all of the zip, and nothing that lies beside it' {
        Set-Content (Join-Path $package 'stranger.txt') 'mine'
        [void] (New-Item -ItemType Directory (Join-Path $package 'strange'))
        Install -NoModule | Out-Null
        $mine = 'stranger.txt', 'strange'
        Remove-Item ($mine | ForEach-Object { Join-Path $package $_ })
        Compare-Object @((Get-ChildItem $target).Name) @((Get-ChildItem $package).Name | Where-Object { $_ -ne 'Wcow' }) | Should -BeNullOrEmpty
        Compare-Object @((Get-ChildItem "$target\guide" -Recurse).Name) @((Get-ChildItem "$package\guide" -Recurse).Name) | Should -BeNullOrEmpty
    }
    It 'lists a command to uninstall that asks for an administrator, and shows what is said' {
        $said = (Get-Key $listKey).UninstallString
        $said | Should -Match '^powershell\.exe -NoProfile -ExecutionPolicy Bypass -Command "(.+)"$'
        $null = $said -match '-Command "(.+)"$'
        Mock Start-Process { }
        & ([scriptblock]::Create($Matches[1].Replace('\"', '"')))
        Should -Invoke Start-Process -Times 1 -Exactly -ParameterFilter {
            $FilePath -eq 'powershell.exe' -and $Verb -eq 'RunAs' -and
            "$ArgumentList" -eq "-NoProfile -ExecutionPolicy Bypass -NoExit -File `"$target\uninstall.ps1`""
        }
    }
    It 'brings the module, for both PowerShells, where the zip has it' {
        $inZip = Test-Path -LiteralPath (Join-Path $package 'Wcow')
        Test-Path -LiteralPath $modules | Should -Be $inZip
        if ($inZip) { (Get-ChildItem -LiteralPath $modules).Name | Should -Be (& $wcow version --format '{{.Client.Version}}') }
    }
    It 'adds to PATH once, and leaves what is written there as it is' {
        Install | Out-Null
        Get-MachinePath | Should -Be "$pathBefore;$target"
        $key = $registry.OpenSubKey($environmentKey)
        $key.GetValueKind('Path') | Should -Be 'ExpandString'
        $key.Dispose()
        @($env:PATH.Split(';') -eq $target).Count | Should -Be 1
    }
    It 'says what the host lacks' -Tag Simulated {
        Set-Content $env:WCOW_TEST_FAULTS '{"call":"HcsEnumerateComputeSystems","every":true,"hr":"0x80070424"}'
        $done = Install
        Set-Content $env:WCOW_TEST_FAULTS ''
        @($done.Missing -like 'does the Host Compute Service*answer?*').Count | Should -Be 1
        # That is said; no script that calls this one fails for it.
        $LASTEXITCODE | Should -Be 0
    }
    It 'refuses to install over itself, and without the program' {
        { & (Join-Path $target 'install.ps1') } | Should -Throw '*installed already*'
        Push-Location $env:ProgramFiles
        { & (Join-Path $target 'install.ps1') -Path wcow } | Should -Throw '*installed already*'
        Pop-Location
        $folder = New-Item -ItemType Directory 'C:\unpacked\alone'
        Copy-Item (Join-Path $package 'install.ps1') $folder
        { & (Join-Path $folder 'install.ps1') } | Should -Throw '*no wcow.exe beside*'
        Remove-Item $folder -Recurse
    }
}

Describe 'an upgrade' {
    BeforeAll {
        & $wcow load -q -i (Join-Path $env:WCOW_TEST_IMAGES 'nanoserver.tar') | Out-Null
        & $wcow run -d --name web --restart always microsoft/nanoserver ping -t localhost | Out-Null
    }
    It 'keeps a container that runs, and tells of it' {
        $process = & $wcow inspect --format '{{.State.Pid}}' web
        $done = Install
        $done.Upgraded | Should -BeTrue
        $done.Running | Should -Be 'web'
        & $wcow inspect --format '{{.State.Pid}}' web | Should -Be $process
        & $wcow exec web cmd /c 'exit 5'
        $LASTEXITCODE | Should -Be 5
        Join-Path $target 'wcow.exe.new' | Should -Not -Exist
    }
    It 'waits for containers if it is asked to, and changes nothing when they go on' {
        $before = (Get-Item $wcow).LastWriteTimeUtc
        { Install -Wait 1 } | Should -Throw '*these containers still run: web. Nothing was changed*'
        (Get-Item $wcow).LastWriteTimeUtc | Should -Be $before
    }
    It 'goes back to the old program if the new one cannot be put there' {
        Mock Move-Item { throw 'the disk is full' } -ParameterFilter { $LiteralPath -like '*.new' }
        { Install } | Should -Throw 'the disk is full'
        & $wcow version --format '{{.Client.Version}}' | Should -Match '^\d'
    }
    It 'clears away the programs of earlier ones once nobody runs them' {
        & $wcow stop -t 0 web | Out-Null
        Install | Out-Null
        Get-ChildItem "$wcow.*" | Should -BeNullOrEmpty
        & $wcow start web | Out-Null
    }
    It 'replaces the shim of containerd while pods run by it, and is not removed under them' {
        $name = 'containerd-shim-wcow-v1.exe'
        $fresh, $kept = (Join-Path $package $name), 'C:\shim.kept'
        if (Test-Path -LiteralPath $fresh) { Move-Item -LiteralPath $fresh -Destination $kept }
        Copy-Item -LiteralPath $wcow -Destination $fresh # a program that goes on when it is told to
        try {
            Install
            $pod = Start-Process -FilePath (Join-Path $target $name) -ArgumentList '--root', 'C:\elsewhere', 'events' -PassThru -WindowStyle Hidden
            Install
            $pod.HasExited | Should -BeFalse
            @(Get-ChildItem -Path (Join-Path $target "$name.old-*")).Count | Should -Be 1
            { Uninstall -Force } | Should -Throw '*drain the node*'
        } finally {
            $pod | Stop-Process -Force
            $pod.WaitForExit(10000) | Should -BeTrue
            Remove-Item -LiteralPath $fresh
            if (Test-Path -LiteralPath 'C:\elsewhere') { Remove-Item -LiteralPath 'C:\elsewhere' -Recurse -Force }
            if (Test-Path -LiteralPath $kept) { Move-Item -LiteralPath $kept -Destination $fresh }
        }
    }
}

Describe 'uninstall.ps1' {
    It 'refuses while containers run' {
        { Uninstall } | Should -Throw '*these containers run: web*'
        $wcow | Should -Exist
    }
    It 'leaves nothing but the data, which the next installation finds' {
        Set-Content (Join-Path $target 'mine.txt') 'not of wcow'
        Push-Location $env:ProgramFiles
        Uninstall -Force -Path wcow
        Pop-Location
        (Get-ChildItem $target).Name | Should -Be 'mine.txt'
        Remove-Item $target -Recurse
        Find-Trace | Should -BeNullOrEmpty
        Get-MachinePath | Should -Be $pathBefore
        @(Get-Service 'wcow-*') | Should -BeNullOrEmpty
        Install | Out-Null
        & $wcow ps -a --format '{{.Names}} {{.State}}' | Should -Be 'web exited'
        & $wcow start web | Should -Be 'web'
        & $wcow inspect --format '{{.HostConfig.RestartPolicy.Name}}' web | Should -Be 'always'
        @(& $wcow service ls -q).Count | Should -Be 1
    }
    It 'tells with -WhatIf what it would do, and does nothing' {
        # As "powershell.exe -File" of 5.1 has it, which knows no $PSScriptRoot yet when it makes defaults.
        Uninstall -RemoveData -Force -WhatIf -Path ''
        & $wcow ps --format '{{.Names}}' | Should -Be 'web'
    }
    It 'leaves nothing at all with -RemoveData, also if somebody has a file open until a moment later' {
        $reader = [powershell]::Create().AddScript({
                param($path, $program)
                $file = [IO.File]::Open($path, 'Create', 'ReadWrite', 'None')
                while (Test-Path -LiteralPath $program) { Start-Sleep -Milliseconds 100 }
                Start-Sleep -Seconds 1
                $file.Dispose()
            }).AddArgument((Join-Path $env:WCOW_ROOT 'images\read.txt')).AddArgument($wcow)
        $reading = $reader.BeginInvoke()
        Uninstall -RemoveData -Force
        $reader.EndInvoke($reading)
        Find-Trace | Should -BeNullOrEmpty
        @(Get-Service 'wcow-*') | Should -BeNullOrEmpty
        $env:WCOW_ROOT | Should -Not -Exist
        @(Get-Process wcow, ping -ErrorAction SilentlyContinue) | Should -BeNullOrEmpty
    }
}

# SPDX-License-Identifier: MIT
<#
.SYNOPSIS
Installs wcow, or another version of it, for all users of this host.

.DESCRIPTION
Run it from the folder that the zip was unpacked to, in an elevated PowerShell (5.1 or 7). It puts wcow.exe and what comes with it
into Program Files\wcow, that folder into the PATH of all users, the module Wcow where Windows PowerShell and PowerShell 7 find it,
and registers wcow's source in the event log. At the end it says what this host lacks for containers, and how to get that.

An upgrade keeps containers, images, networks and volumes. A container that runs goes on with the version that has started it, and
takes the new one when it is started again: what runs is told. With -Wait nothing is changed before all of them have ended.

.PARAMETER Path
Where to: Program Files\wcow. Only administrators may write there afterwards: what lets others do so is taken back. A link is refused.

.PARAMETER Wait
How many seconds to wait for running containers to end before an upgrade. If some still run then, nothing is changed.

.PARAMETER NoModule
Leaves the PowerShell module out.

.EXAMPLE
Expand-Archive wcow-0.1.0-windows-amd64.zip; .\wcow-0.1.0-windows-amd64\install.ps1

.EXAMPLE
.\install.ps1 -WhatIf
Tells what would be done, and does nothing.
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [string] $Path = (Join-Path $env:ProgramFiles 'wcow'),
    [int] $Wait = 0,
    [switch] $NoModule
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2.0

# A relative one is meant from where the user is, which .NET does not know.
$Path = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
$oldest = 14393 # Windows Server 2016
$program = Join-Path $Path 'wcow.exe'
$fresh = Join-Path $PSScriptRoot 'wcow.exe'
$modules = Join-Path $env:ProgramFiles 'WindowsPowerShell\Modules\Wcow'
$environmentKey = 'SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
$sourceKey = 'SYSTEM\CurrentControlSet\Services\EventLog\Application\wcow'
$listKey = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\wcow'
# Both may run while they are replaced: monitors of containers, and the shims of a node's pods.
$programs = 'wcow.exe', 'containerd-shim-wcow-v1.exe'
# What comes in the zip beside the programs and the module.
$folders = 'completion', 'guide'
$files = 'install.ps1', 'uninstall.ps1', 'README.md', 'CHANGELOG.md', 'LICENSE.txt', 'THIRD-PARTY.txt', 'wcow.spdx.json'

function Assert-Host {
    $identity = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
    if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
        throw 'wcow is installed by administrators: start PowerShell with "Run as administrator"'
    }
    $windows = [Environment]::OSVersion.Version
    if (-not [Environment]::Is64BitOperatingSystem -or $windows.Major -lt 10 -or $windows.Build -lt $oldest) {
        throw "wcow needs Windows Server 2016 or Windows 10 (build $oldest), 64 bits, or later; this is $windows"
    }
    # To a process of 32 bits another folder is Program Files, and another part of the registry is SOFTWARE.
    if (-not [Environment]::Is64BitProcess) {
        throw 'this is the PowerShell of 32 bits: start the one without "(x86)" in its name'
    }
    if (-not (Test-Path -LiteralPath $fresh)) {
        throw "there is no wcow.exe beside $PSCommandPath`: unpack the whole zip, and run the script there"
    }
    if ([IO.Path]::GetFullPath($PSScriptRoot).TrimEnd('\') -eq [IO.Path]::GetFullPath($Path).TrimEnd('\')) {
        throw "this is what is installed already: unpack the zip into another folder than $Path"
    }
}

# Who has put a link there leads what is installed to where others write, and may lead it elsewhere at any time.
function Assert-Folder {
    $there = Get-Item -LiteralPath $Path -Force -ErrorAction SilentlyContinue
    if ($there -and ($there.Attributes -band [IO.FileAttributes]::ReparsePoint)) {
        throw "'$Path' is a link: remove it, or name the folder that it leads to with -Path"
    }
}

# Whether others than SYSTEM, Administrators and Windows' own installer may put something into the folder. What cannot be
# asked is exposed.
function Test-Exposed {
    $trusted = 'S-1-5-18', 'S-1-5-32-544', 'S-1-3-0', 'S-1-3-4',
    'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464'
    # To write, append, delete, delete within, change rights and owner; and all, and to write, as they are inherited.
    $changes = 0x2 -bor 0x4 -bor 0x40 -bor 0x10000 -bor 0x40000 -bor 0x80000 -bor 0x10000000 -bor 0x40000000
    try {
        $rights = Get-Acl -LiteralPath $Path
        $sid = [Security.Principal.SecurityIdentifier]
        $others = @($rights.GetAccessRules($true, $true, $sid) | Where-Object {
                "$($_.AccessControlType)" -eq 'Allow' -and ([int] $_.FileSystemRights -band $changes) -and
                $trusted -notcontains $_.IdentityReference.Value })
        $others.Count -gt 0 -or $trusted -notcontains $rights.GetOwner($sid).Value
    } catch {
        Write-Debug $_
        $true
    }
}

function Invoke-AccessProgram {
    param([string[]] $Arguments)
    & (Join-Path ([Environment]::SystemDirectory) 'icacls.exe') @Arguments | Out-Null
    if ($LASTEXITCODE) { throw "icacls $Arguments failed with exit code $LASTEXITCODE" }
}

# A folder that was there may have been prepared by others, and one below C:\ may be written to by all users: what they put in
# the place of wcow.exe an administrator would run, and as a service of a container LocalSystem.
function Protect-Folder {
    if (-not (Test-Exposed)) { return }
    Invoke-AccessProgram -Arguments $Path, '/setowner', '*S-1-5-32-544', '/t', '/l', '/q'
    Invoke-AccessProgram -Arguments $Path, '/reset', '/t', '/l', '/q'
    # What Program Files hands down is well; what others do is not.
    if ($Path.StartsWith($env:ProgramFiles.TrimEnd('\') + '\', [StringComparison]::OrdinalIgnoreCase)) { return }
    Invoke-AccessProgram -Arguments $Path, '/inheritance:r', '/grant:r', '*S-1-5-18:(OI)(CI)F', '*S-1-5-32-544:(OI)(CI)F',
        '*S-1-5-32-545:(OI)(CI)RX', '/q'
}

# The new program asks: it knows what older ones have written.
function Get-RunningContainer {
    $names = @(& $fresh ps --format '{{.Names}}')
    if ($LASTEXITCODE) { throw "wcow ps failed with exit code $LASTEXITCODE" }
    , $names
}

function Wait-RunningContainer {
    $end = [DateTime]::UtcNow.AddSeconds($Wait)
    $running = Get-RunningContainer
    while ($running.Count -and [DateTime]::UtcNow -lt $end) {
        Write-Progress -Activity 'Installing wcow' -Status "Waiting for: $($running -join ', ')"
        Start-Sleep -Milliseconds 500
        $running = Get-RunningContainer
    }
    Write-Progress -Activity 'Installing wcow' -Completed
    if ($running.Count) {
        throw "after $Wait s these containers still run: $($running -join ', '). Nothing was changed; stop them, or leave out -Wait"
    }
}

# A program that runs cannot be overwritten, but it can be renamed. What an earlier upgrade left goes with the next.
function Copy-Program($name) {
    $into = Join-Path $Path $name
    $new = "$into.new"
    Copy-Item -LiteralPath (Join-Path $PSScriptRoot $name) -Destination $new -Force
    $old = "$into.old-$([Guid]::NewGuid().ToString('N'))"
    $moved = Test-Path -LiteralPath $into
    if ($moved) { Move-Item -LiteralPath $into -Destination $old }
    try {
        Move-Item -LiteralPath $new -Destination $into
    } catch {
        if ($moved) { Move-Item -LiteralPath $old -Destination $into }
        throw
    }
    Get-ChildItem -Path "$into.old-*" | Remove-Item -Force -ErrorAction SilentlyContinue
}

# By name: the zip may have been unpacked to where other things are.
function Copy-Rest {
    foreach ($name in $folders | Where-Object { Test-Path -LiteralPath (Join-Path $PSScriptRoot $_) }) {
        $into = Join-Path $Path $name
        if (Test-Path -LiteralPath $into) { Remove-Item -LiteralPath $into -Recurse -Force }
        Copy-Item -LiteralPath (Join-Path $PSScriptRoot $name) -Destination $into -Recurse
    }
    foreach ($name in $files | Where-Object { Test-Path -LiteralPath (Join-Path $PSScriptRoot $_) }) {
        Copy-Item -LiteralPath (Join-Path $PSScriptRoot $name) -Destination (Join-Path $Path $name) -Force
    }
}

# A folder for each version, as Install-Module has it. Others' are those of earlier versions.
function Copy-Module($from) {
    $version = (Import-PowerShellDataFile -LiteralPath (Join-Path $from 'Wcow.psd1')).ModuleVersion
    if (Test-Path -LiteralPath $modules) { Remove-Item -LiteralPath $modules -Recurse -Force }
    New-Item -ItemType Directory -Path $modules -Force | Out-Null
    Copy-Item -LiteralPath $from -Destination (Join-Path $modules $version) -Recurse
}

# As it is written there, with variables in it that a plain read would replace by their values of today.
function Register-Path {
    $key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($environmentKey, $true)
    try {
        $value = [string] $key.GetValue('Path', '', [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
        $same = @($value.Split(';') | Where-Object {
                [Environment]::ExpandEnvironmentVariables($_).Trim('"').TrimEnd('\') -eq $Path.TrimEnd('\') })
        if (-not $same.Count) {
            $key.SetValue('Path', (($value.TrimEnd(';'), $Path | Where-Object { $_ }) -join ';'),
                [Microsoft.Win32.RegistryValueKind]::ExpandString)
        }
    } finally {
        $key.Dispose()
    }
    # Setting a variable, even one that is not there to nothing, tells all windows to read theirs anew. $null would be
    # given as an empty text, which newer .NET keeps.
    [Environment]::SetEnvironmentVariable('wcow-path-has-changed', [NullString]::Value, 'Machine')
    if (($env:PATH.Split(';') | ForEach-Object { $_.TrimEnd('\') }) -notcontains $Path.TrimEnd('\')) {
        $env:PATH = "$($env:PATH.TrimEnd(';'));$Path"
    }
}

function Write-MachineKey($name, $values) {
    $key = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey($name)
    try {
        foreach ($each in $values.GetEnumerator()) { $key.SetValue($each.Key, $each.Value) }
    } finally {
        $key.Dispose()
    }
}

# Between what wcow's own doctor finds: what keeps containers from being run at all.
function Get-Missing {
    $needed = 'windows', 'containers', 'exports', 'compute', 'hns', 'program'
    foreach ($line in @(& $program doctor --format json)) {
        $found = $line | ConvertFrom-Json
        if ($needed -contains $found.ID -and 'fine', 'unknown' -notcontains $found.Verdict) {
            '{0} {1}: {2}' -f $found.Question, $found.Found, $found.Remedy
        }
    }
}

# What "Installed apps" starts: a window that asks for an administrator, in which one sees what uninstall.ps1 says.
function Get-UninstallCommand {
    $script = (Join-Path $Path 'uninstall.ps1').Replace("'", "''")
    'powershell.exe -NoProfile -ExecutionPolicy Bypass -Command "Start-Process powershell.exe -Verb RunAs -ArgumentList ' +
    "'-NoProfile -ExecutionPolicy Bypass -NoExit -File \`"$script\`"'`""
}

Assert-Host
Assert-Folder
$version = [Diagnostics.FileVersionInfo]::GetVersionInfo($fresh).ProductVersion
$upgrade = Test-Path -LiteralPath $program
$running = @()
if ($upgrade) {
    if ($Wait -gt 0 -and -not $WhatIfPreference) { Wait-RunningContainer }
    $running = Get-RunningContainer
}
if ($PSCmdlet.ShouldProcess($Path, "Copy wcow $version")) {
    New-Item -ItemType Directory -Path $Path -Force | Out-Null
    Protect-Folder
    foreach ($name in $programs | Where-Object { Test-Path -LiteralPath (Join-Path $PSScriptRoot $_) }) { Copy-Program $name }
    Copy-Rest
}
$module = Join-Path $PSScriptRoot 'Wcow'
if (-not $NoModule -and (Test-Path -LiteralPath $module) -and $PSCmdlet.ShouldProcess($modules, 'Copy the module Wcow')) {
    Copy-Module $module
}
if ($PSCmdlet.ShouldProcess('PATH of all users', "Add $Path")) { Register-Path }
if ($PSCmdlet.ShouldProcess('Application log', 'Register the source wcow')) {
    Write-MachineKey $sourceKey @{ EventMessageFile = $program; TypesSupported = 7 }
}
if ($PSCmdlet.ShouldProcess('Installed programs', 'List wcow')) {
    Write-MachineKey $listKey @{
        DisplayName = 'wcow'; DisplayVersion = $version; Publisher = 'The wcow authors'; InstallLocation = $Path
        DisplayIcon = $program; NoModify = 1; NoRepair = 1
        UninstallString = Get-UninstallCommand
    }
}
if ($running.Count) {
    Write-Warning ("these containers go on with the version that started them, until they are started again: " +
        ($running -join ', '))
}
if (-not $WhatIfPreference) {
    $missing = @(Get-Missing)
    $missing | ForEach-Object { Write-Warning $_ }
    New-Object PSObject -Property ([ordered] @{
            Version = $version; Path = $Path; Upgraded = $upgrade; Running = $running; Missing = $missing })
}
# doctor's exit code says what was just told; a script that calls this one must not take it for ours.
$global:LASTEXITCODE = 0

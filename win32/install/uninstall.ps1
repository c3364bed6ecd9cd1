# SPDX-License-Identifier: MIT
<#
.SYNOPSIS
Removes wcow from this host: all of it but the containers, images and volumes in %ProgramData%\wcow.

.DESCRIPTION
Takes away what install.ps1 has made: Program Files\wcow, its place in PATH, the module Wcow, the source in the event log; and the
Windows services of containers that were to start with the host. Containers that run are in the way and are told.

With -RemoveData containers, images, volumes and networks that wcow has made go, too, and nothing is left.

.PARAMETER RemoveData
Removes containers, images, volumes, networks and the folder that has them.

.PARAMETER Force
Stops containers that run.

.PARAMETER Path
Where wcow is: the folder of this script.

.EXAMPLE
& 'C:\Program Files\wcow\uninstall.ps1' -RemoveData -Force
Nothing of wcow is left.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
param(
    [string] $Path,
    [switch] $RemoveData,
    [switch] $Force
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2.0
if ($Force) { $ConfirmPreference = 'None' }
# Not as the parameter's default: "powershell.exe -File" of 5.1 has no $PSScriptRoot yet when it makes those.
if (-not $Path) { $Path = $PSScriptRoot }
$Path = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path).TrimEnd('\')

$program = Join-Path $Path 'wcow.exe'
$modules = Join-Path $env:ProgramFiles 'WindowsPowerShell\Modules\Wcow'
$environmentKey = 'SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
$shim = 'containerd-shim-wcow-v1'
$installed = 'wcow.exe', "$shim.exe", 'completion', 'guide', 'install.ps1', 'uninstall.ps1', 'README.md', 'CHANGELOG.md',
'LICENSE.txt', 'THIRD-PARTY.txt', 'wcow.spdx.json'
$machineKeys = 'SYSTEM\CurrentControlSet\Services\EventLog\Application\wcow',
'SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\wcow'

function Assert-Host {
    $identity = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
    if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
        throw 'wcow is removed by administrators: start PowerShell with "Run as administrator"'
    }
    if (-not [Environment]::Is64BitProcess) {
        throw 'this is the PowerShell of 32 bits, which finds other folders: start the one without "(x86)" in its name'
    }
    if (-not (Test-Path -LiteralPath $program)) { throw "there is no wcow in $Path" }
}

# A command that fails ends this script: what is left is still there to be looked at.
function Invoke-Program([string[]] $Words) {
    & $program $Words
    if ($LASTEXITCODE) { throw "wcow $($Words -join ' ') failed with exit code $LASTEXITCODE; wcow was not removed" }
}

function Get-ContainerService { @(Invoke-Program -Words 'service', 'ls', '--quiet') }

# A service of a program that is gone would fail at each start of the host. The containers keep their policy: after another
# installation they have a service again from their next start on.
function Unregister-ContainerService {
    foreach ($service in Get-ContainerService) {
        & "$env:SystemRoot\System32\sc.exe" delete $service | Out-Null
        if ($LASTEXITCODE) { throw "sc.exe delete $service failed with exit code $LASTEXITCODE" }
    }
}

function Clear-Data {
    $containers = @(Invoke-Program -Words 'ps', '--all', '--quiet', '--no-trunc')
    if ($containers.Count) { Invoke-Program -Words (@('rm', '--force') + $containers) | Out-Null }
    Invoke-Program -Words 'volume', 'prune', '--all', '--force' | Out-Null
    Invoke-Program -Words 'system', 'prune', '--all', '--force' | Out-Null
    Invoke-Program -Words 'network', 'prune', '--force' | Out-Null
    $images = @(Invoke-Program -Words 'images', '--quiet', '--no-trunc' | Select-Object -Unique)
    if ($images.Count) { Invoke-Program -Words (@('rmi', '--force') + $images) | Out-Null }
}

function Unregister-Path {
    $key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($environmentKey, $true)
    try {
        $value = [string] $key.GetValue('Path', '', [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
        $kept = @($value.Split(';') | Where-Object {
                [Environment]::ExpandEnvironmentVariables($_).Trim('"').TrimEnd('\') -ne $Path.TrimEnd('\') })
        if ($kept.Count -ne $value.Split(';').Count) {
            $key.SetValue('Path', ($kept -join ';'), [Microsoft.Win32.RegistryValueKind]::ExpandString)
        }
    } finally {
        $key.Dispose()
    }
    [Environment]::SetEnvironmentVariable('wcow-path-has-changed', [NullString]::Value, 'Machine') # tells all windows
    $env:PATH = @($env:PATH.Split(';') | Where-Object { $_.TrimEnd('\') -ne $Path.TrimEnd('\') }) -join ';'
}

# Monitors end a moment after their containers, and somebody may be reading a log or looking for viruses.
function Invoke-Patiently([scriptblock] $Work, [int] $Tries) {
    foreach ($last in @($false) * ($Tries - 1) + $true) {
        try {
            & $Work
            return
        } catch {
            if ($last) { throw }
            Start-Sleep -Milliseconds 500
        }
    }
}

# What install.ps1 has put there, and the folder if nothing else is in it: it may be one that was there before.
function Clear-Folder {
    Get-ChildItem -LiteralPath $Path -Force | Where-Object {
        $installed -contains $_.Name -or $_.Name -like 'wcow.exe.*' -or $_.Name -like "$shim.exe.*"
    } | Remove-Item -Recurse -Force
    if (-not @(Get-ChildItem -LiteralPath $Path -Force).Count) { Remove-Item -LiteralPath $Path -Force }
}

function Clear-Root {
    if (Test-Path -LiteralPath $root) { Remove-Item -LiteralPath $root -Recurse -Force }
}

Assert-Host
$root = [string] (Invoke-Program -Words 'info', '--format', '{{.DockerRootDir}}')
$running = @(Invoke-Program -Words 'ps', '--format', '{{.Names}}')
if ($running.Count -and -not $Force) {
    throw "these containers run: $($running -join ', '). Stop them (wcow stop), or use -Force, which does"
}
# Killing a shim would kill its pod, which is Kubernetes' business.
$pods = @(Get-Process -Name $shim -ErrorAction SilentlyContinue | Where-Object { $_.Path -like "$Path\*" })
if ($pods.Count) {
    throw "$($pods.Count) pods or tasks of containerd run by $shim.exe: drain the node (kubectl drain), or stop them (ctr task kill), first"
}
if ($running.Count -and $PSCmdlet.ShouldProcess($running -join ', ', 'Stop containers')) {
    Invoke-Program -Words (@('stop') + $running) | Out-Null
}
if ($RemoveData -and $PSCmdlet.ShouldProcess($root, 'Remove all containers, images, volumes and networks')) {
    Invoke-Patiently { Clear-Data } -Tries 4 # it asks anew what is left
}
if ($PSCmdlet.ShouldProcess('Services of containers', 'Remove')) { Unregister-ContainerService }
if ((Test-Path -LiteralPath $modules) -and $PSCmdlet.ShouldProcess($modules, 'Remove the module Wcow')) {
    Remove-Item -LiteralPath $modules -Recurse -Force
}
if ($PSCmdlet.ShouldProcess('PATH of all users', "Remove $Path")) { Unregister-Path }
foreach ($name in $machineKeys) {
    if ($PSCmdlet.ShouldProcess("HKLM\$name", 'Remove')) {
        [Microsoft.Win32.Registry]::LocalMachine.DeleteSubKeyTree($name, $false)
    }
}
if ($PSCmdlet.ShouldProcess($Path, 'Remove wcow.exe and what came with it')) {
    if ((Get-Location).ProviderPath -like "$Path*") { Set-Location $env:SystemRoot }
    Invoke-Patiently { Clear-Folder } -Tries 20
}
# Last: the folder has nothing but plain files now.
if ($RemoveData -and (Test-Path -LiteralPath $root) -and $PSCmdlet.ShouldProcess($root, 'Remove the folder')) {
    Invoke-Patiently { Clear-Root } -Tries 20
}

# SPDX-License-Identifier: MIT
function Clear-Wcow {
    <#
    .SYNOPSIS
    Removes what is not used.
    .DESCRIPTION
    Removes stopped containers, unused networks, dangling images and what pulls left behind; or only what is named
    by a switch. It asks first.
    .PARAMETER Container
    Stopped containers.
    .PARAMETER Image
    Dangling images; with -All all that no container uses.
    .PARAMETER Network
    Networks that no container is on.
    .PARAMETER Volume
    Volumes that no container uses: without other switches besides the rest.
    .PARAMETER All
    All images that no container uses, not only dangling ones.
    .PARAMETER Filter
    As @{ until = "24h" }.
    .PARAMETER Force
    Does not ask.
    .EXAMPLE
    Clear-Wcow -WhatIf
    .EXAMPLE
    Clear-Wcow -Image -All -Filter @{ until = '240h' } -Force
    #>
    [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')]
    [OutputType('Wcow.Cleared')]
    param(
        [switch] $Container,
        [switch] $Image,
        [switch] $Network,
        [switch] $Volume,
        [switch] $All,
        [hashtable] $Filter = @{},
        [switch] $Force
    )

    if ($Force -and -not $PSBoundParameters.ContainsKey('Confirm')) {
        $ConfirmPreference = 'None'
    }
    $kinds = @('Container', 'Image', 'Network' | Where-Object { $PSBoundParameters[$_] })
    $commands = @(foreach ($kind in $kinds) { , @($kind.ToLowerInvariant(), 'prune') })
    if ($kinds -and $Volume) {
        $commands += , @('volume', 'prune', '--all')
    }
    if (-not $kinds) {
        $commands = @(, @(@('system', 'prune') + @('--volumes' | Where-Object { $Volume })))
    }
    $options = @('--force') + @(foreach ($key in $Filter.Keys) { foreach ($value in $Filter[$key]) { "--filter=$key=$value" } })
    foreach ($command in $commands) {
        if ($PSCmdlet.ShouldProcess("unused things of this host", "wcow $command")) {
            $whole = @('--all' | Where-Object { $All -and $command[0] -in 'image', 'system' })
            Invoke-WcowTool -Argument ($command + $whole + $options) -Cmdlet $PSCmdlet | ForEach-Object {
                if ($_ -match '^Total reclaimed space: (.+)$') {
                    [pscustomobject] @{ PSTypeName = 'Wcow.Cleared'; Kind = $command[0]; Reclaimed = ConvertFrom-WcowSize $Matches[1] }
                } else {
                    $PSCmdlet.WriteVerbose($_)
                }
            }
        }
    }
}

# SPDX-License-Identifier: MIT
function Clear-Wcow {
    <#
    .SYNOPSIS
    Removes what is not used.
    .DESCRIPTION
    Removes stopped containers, unused networks, dangling images and what pulls left behind; or only what is named
    by a switch, which volumes must be. It asks first.
    .PARAMETER Container
    Stopped containers.
    .PARAMETER Image
    Dangling images; with -All all that no container uses.
    .PARAMETER Network
    Networks that no container is on.
    .PARAMETER Volume
    Anonymous volumes that no container uses; with -All all that no container uses.
    .PARAMETER All
    All images and volumes that no container uses, not only dangling and anonymous ones.
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
    $kinds = @('Container', 'Image', 'Network', 'Volume' | Where-Object { $PSBoundParameters[$_] })
    if (-not $kinds) {
        $kinds = @('System')
    }
    $commands = @(foreach ($kind in $kinds) { , @($kind.ToLowerInvariant(), 'prune') })
    $options = @('--force') + @(ConvertTo-WcowFilter -Filter $Filter)
    foreach ($command in $commands) {
        if ($PSCmdlet.ShouldProcess("unused things of this host", "wcow $command")) {
            $whole = @('--all' | Where-Object { $All -and $command[0] -in 'image', 'volume', 'system' })
            # Networks take no room: their prune, as Docker's, has no sizes to show.
            $sizes = @('--human=false' | Where-Object { $command[0] -ne 'network' })
            Invoke-WcowTool -Argument ($command + $whole + $sizes + $options) -Cmdlet $PSCmdlet | ForEach-Object {
                if ($_ -match '^Total reclaimed space: (\d+)$') {
                    [pscustomobject] @{ PSTypeName = 'Wcow.Cleared'; Kind = $command[0]; Reclaimed = [int64] $Matches[1] }
                } else {
                    $PSCmdlet.WriteVerbose($_)
                }
            }
        }
    }
}

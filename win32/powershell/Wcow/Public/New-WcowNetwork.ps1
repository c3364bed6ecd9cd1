# SPDX-License-Identifier: MIT
function New-WcowNetwork {
    <#
    .SYNOPSIS
    Makes a network.
    .DESCRIPTION
    Makes a network for containers, and returns it.
    .PARAMETER Network
    Its name.
    .PARAMETER Driver
    nat, transparent, l2bridge, l2tunnel, internal, private or ics.
    .PARAMETER Subnet
    Its addresses, as 172.20.0.0/16.
    .PARAMETER Gateway
    The gateway's address.
    .PARAMETER Internal
    Without a way to the outside.
    .PARAMETER Label
    Notes on it.
    .PARAMETER Option
    Options of the driver.
    .EXAMPLE
    New-WcowNetwork backend -Subnet 172.20.0.0/16
    .EXAMPLE
    New-WcowNetwork lan -Driver transparent -Option @{ 'com.docker.network.windowsshim.interface' = 'Ethernet' }
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('Wcow.Network')]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [Alias('Name')]
        [string] $Network,
        [string] $Driver,
        [string[]] $Subnet,
        [string[]] $Gateway,
        [switch] $Internal,
        [hashtable] $Label,
        [hashtable] $Option
    )

    if ($PSCmdlet.ShouldProcess($Network, 'Create network')) {
        $argument = @(ConvertTo-WcowArgument -Name 'New-WcowNetwork' -Bound $PSBoundParameters)
        Invoke-WcowTool -Argument ($argument + $Network) -Cmdlet $PSCmdlet -Target $Network | Out-Null
        if (-not $script:ExitCode) {
            Get-WcowNetwork $Network
        }
    }
}

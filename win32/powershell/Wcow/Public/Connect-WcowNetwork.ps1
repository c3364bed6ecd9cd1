# SPDX-License-Identifier: MIT
function Connect-WcowNetwork {
    <#
    .SYNOPSIS
    Connects containers to a network.
    .DESCRIPTION
    The containers may run.
    .PARAMETER Network
    The network's name or id.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .PARAMETER IPAddress
    Its address there.
    .PARAMETER NetworkAlias
    Other names of it there.
    .EXAMPLE
    Connect-WcowNetwork backend web
    .EXAMPLE
    Get-WcowContainer web* | Connect-WcowNetwork backend
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [string] $Network,
        [Parameter(Mandatory = $true, Position = 1, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container,
        [string] $IPAddress,
        [string[]] $NetworkAlias
    )

    process {
        $argument = @(ConvertTo-WcowArgument -Name 'Connect-WcowNetwork' -Bound $PSBoundParameters) + $Network
        foreach ($each in Resolve-WcowName -Kind Container -Name $Container -Cmdlet $PSCmdlet) {
            if ($PSCmdlet.ShouldProcess($each, "Connect to network $Network")) {
                Invoke-WcowTool -Argument ($argument + $each) -Cmdlet $PSCmdlet -Target $each
            }
        }
    }
}

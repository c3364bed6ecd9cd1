# SPDX-License-Identifier: MIT
function Disconnect-WcowNetwork {
    <#
    .SYNOPSIS
    Disconnects containers from a network.
    .DESCRIPTION
    The containers may run.
    .PARAMETER Network
    The network's name or id.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .PARAMETER Force
    Also where the container is not there any more.
    .EXAMPLE
    Disconnect-WcowNetwork backend web
    .EXAMPLE
    Get-WcowContainer web* | Disconnect-WcowNetwork backend
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [string] $Network,
        [Parameter(Mandatory = $true, Position = 1, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container,
        [switch] $Force
    )

    process {
        $argument = @(ConvertTo-WcowArgument -Name 'Disconnect-WcowNetwork' -Bound $PSBoundParameters) + $Network
        foreach ($each in Resolve-WcowName -Kind Container -Name $Container -Cmdlet $PSCmdlet) {
            if ($PSCmdlet.ShouldProcess($each, "Disconnect from network $Network")) {
                Invoke-WcowTool -Argument ($argument + $each) -Cmdlet $PSCmdlet -Target $each
            }
        }
    }
}

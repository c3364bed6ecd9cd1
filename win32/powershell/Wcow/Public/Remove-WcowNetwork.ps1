# SPDX-License-Identifier: MIT
function Remove-WcowNetwork {
    <#
    .SYNOPSIS
    Removes networks.
    .DESCRIPTION
    Removes each network. One that a container uses is refused.
    .PARAMETER Network
    Names, or objects of Get-WcowNetwork; wildcards are taken.
    .PARAMETER Force
    One that is not there is no error.
    .EXAMPLE
    Remove-WcowNetwork nat
    .EXAMPLE
    Get-WcowNetwork test* | Remove-WcowNetwork
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Name', 'Id')]
        [SupportsWildcards()]
        [string[]] $Network,
        [switch] $Force
    )

    process {
        Invoke-WcowOnEach -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Kind Network -Name $Network -Action 'Remove network'
    }
}

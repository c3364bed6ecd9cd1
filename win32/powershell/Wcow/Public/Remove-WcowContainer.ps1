# SPDX-License-Identifier: MIT
function Remove-WcowContainer {
    <#
    .SYNOPSIS
    Removes containers.
    .DESCRIPTION
    Removes each container with its files, not its named volumes. One that runs is refused, unless -Force kills it.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .PARAMETER Force
    Kills those that run, too.
    .PARAMETER Volume
    Removes their anonymous volumes, too.
    .EXAMPLE
    Get-WcowContainer -Status exited | Remove-WcowContainer

    Removes all that have ended.
    .EXAMPLE
    Remove-WcowContainer test* -Force -Confirm

    Asks for each of them.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container,
        [switch] $Force,
        [Alias('V')]
        [switch] $Volume
    )

    process {
        Invoke-WcowOnEach -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Kind Container -Name $Container -Action 'Remove container'
    }
}

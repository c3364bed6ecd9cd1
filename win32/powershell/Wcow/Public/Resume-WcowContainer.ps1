# SPDX-License-Identifier: MIT
function Resume-WcowContainer {
    <#
    .SYNOPSIS
    Lets the processes of suspended containers run on.
    .DESCRIPTION
    Undoes Suspend-WcowContainer.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .PARAMETER PassThru
    The containers come out, as they are afterwards.
    .EXAMPLE
    Get-WcowContainer -Status paused | Resume-WcowContainer
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('Wcow.Container')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container,
        [switch] $PassThru
    )

    process {
        Invoke-WcowOnEach -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Kind Container -Name $Container -Action 'Resume container' -PassThru:$PassThru
    }
}

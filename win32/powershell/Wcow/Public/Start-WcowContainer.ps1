# SPDX-License-Identifier: MIT
function Start-WcowContainer {
    <#
    .SYNOPSIS
    Starts containers that are there.
    .DESCRIPTION
    Starts each container in the background, as wcow start does. Its output goes into its log: Get-WcowLog.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .PARAMETER PassThru
    The containers come out, as they are afterwards.
    .EXAMPLE
    Start-WcowContainer web

    Starts one.
    .EXAMPLE
    Get-WcowContainer -Status exited | Start-WcowContainer -PassThru

    Starts all that have ended, and shows them.
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
        Invoke-WcowOnEach -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Kind Container -Name $Container -Action 'Start container' -PassThru:$PassThru
    }
}

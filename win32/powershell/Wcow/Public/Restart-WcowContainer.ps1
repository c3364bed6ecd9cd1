# SPDX-License-Identifier: MIT
function Restart-WcowContainer {
    <#
    .SYNOPSIS
    Stops containers and starts them again.
    .DESCRIPTION
    Stops each container, kills it if it has not ended in time, and starts it again.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .PARAMETER TimeoutSeconds
    How long it may take to end before it is killed.
    .PARAMETER Signal
    What it is told to end with.
    .PARAMETER PassThru
    The containers come out, as they are afterwards.
    .EXAMPLE
    Restart-WcowContainer web -TimeoutSeconds 30
    .EXAMPLE
    Get-WcowContainer web* | Restart-WcowContainer

    A rolling restart: one after the other.
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('Wcow.Container')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container,
        [int] $TimeoutSeconds,
        [string] $Signal,
        [switch] $PassThru
    )

    process {
        Invoke-WcowOnEach -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Kind Container -Name $Container -Action 'Restart container' -PassThru:$PassThru
    }
}

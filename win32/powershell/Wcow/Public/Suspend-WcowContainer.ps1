# SPDX-License-Identifier: MIT
function Suspend-WcowContainer {
    <#
    .SYNOPSIS
    Holds all processes of containers.
    .DESCRIPTION
    Holds all processes of each container, until Resume-WcowContainer. Windows can do that with Hyper-V isolation
    only.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .PARAMETER PassThru
    The containers come out, as they are afterwards.
    .EXAMPLE
    Suspend-WcowContainer web
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
        Invoke-WcowOnEach -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Kind Container -Name $Container -Action 'Suspend container' -PassThru:$PassThru
    }
}

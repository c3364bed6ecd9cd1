# SPDX-License-Identifier: MIT
function Stop-WcowContainer {
    <#
    .SYNOPSIS
    Stops containers.
    .DESCRIPTION
    Tells each container to end, and kills it if it has not ended in time. With -Force it is killed, or sent a
    signal, at once.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .PARAMETER TimeoutSeconds
    How long it may take to end before it is killed.
    .PARAMETER Signal
    What it is told to end with; with -Force what is sent to it.
    .PARAMETER Force
    Does not wait: wcow kill.
    .PARAMETER PassThru
    The containers come out, as they are afterwards.
    .EXAMPLE
    Stop-WcowContainer web, db -TimeoutSeconds 5
    .EXAMPLE
    Get-WcowContainer -Status running | Stop-WcowContainer -WhatIf

    Tells which containers would be stopped.
    .EXAMPLE
    Stop-WcowContainer web -Force -Signal INT

    Sends it a Ctrl-C.
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
        [switch] $Force,
        [switch] $PassThru
    )

    process {
        if (-not $Force) {
            Invoke-WcowOnEach -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Kind Container -Name $Container -Action 'Stop container' -PassThru:$PassThru
            return
        }
        $argument = @('kill')
        if ($Signal) {
            $argument += "--signal=$Signal"
        }
        foreach ($each in Resolve-WcowName -Kind Container -Name $Container -Cmdlet $PSCmdlet) {
            if ($PSCmdlet.ShouldProcess($each, 'Kill container')) {
                Invoke-WcowTool -Argument ($argument + $each) -Cmdlet $PSCmdlet -Target $each | Out-Null
                if ($PassThru -and -not $script:ExitCode) {
                    Get-WcowContainer $each
                }
            }
        }
    }
}

# SPDX-License-Identifier: MIT
function Get-WcowProcess {
    <#
    .SYNOPSIS
    Lists the processes of running containers.
    .DESCRIPTION
    The processes in each container; with process isolation their ids are those of the host.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .EXAMPLE
    Get-WcowContainer | Get-WcowProcess | Sort-Object WorkingSet -Descending
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Process')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container
    )

    process {
        foreach ($each in Resolve-WcowName -Kind Container -Name $Container -Cmdlet $PSCmdlet) {
            Get-WcowObject -Kind Process -Argument 'top', '--human=false', '--format=json', $each -Cmdlet $PSCmdlet -Target $each |
                ForEach-Object {
                    $_.Container = $each
                    $_
                }
        }
    }
}

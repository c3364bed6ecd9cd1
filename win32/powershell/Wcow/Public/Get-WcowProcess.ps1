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
            Invoke-WcowTool -Argument 'top', $each -Cmdlet $PSCmdlet -Target $each | ForEach-Object {
                if ($_ -match '^(?<name>.+?)\s{2,}(?<id>\d+)\s+(?<hours>\d+):(?<minutes>\d+):(?<seconds>\d+)\.(?<parts>\d{3})\s+(?<memory>\S+)\s*$') {
                    [pscustomobject] @{
                        PSTypeName = 'Wcow.Process'
                        Container = $each
                        ProcessId = [int] $Matches.id
                        ProcessName = $Matches.name
                        # Its hours go on above 23, as no text of a timespan does.
                        CpuTime = New-Object timespan 0, $Matches.hours, $Matches.minutes, $Matches.seconds, $Matches.parts
                        WorkingSet = ConvertFrom-WcowSize $Matches.memory
                    }
                }
            }
        }
    }
}

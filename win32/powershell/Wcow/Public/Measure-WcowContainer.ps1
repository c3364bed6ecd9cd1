# SPDX-License-Identifier: MIT
function Measure-WcowContainer {
    <#
    .SYNOPSIS
    Measures what containers take of the host.
    .DESCRIPTION
    One sample of each running container, or of those that were named: processors, memory, network and disk. It
    takes a second or two, since processors are measured between two looks.
    .PARAMETER Container
    Names or ids; without them all that run.
    .EXAMPLE
    Measure-WcowContainer | Sort-Object MemoryUsage -Descending
    .EXAMPLE
    while ($true) { Measure-WcowContainer | Format-Table; Start-Sleep 5 }
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Usage')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container
    )

    begin {
        $names = @()
    }
    process {
        $names += @(Resolve-WcowName -Kind Container -Name $Container -Cmdlet $PSCmdlet)
    }
    end {
        # Patterns that fit nothing are not "all", and a pipeline in which nothing came is not.
        if (-not $names -and ($PSBoundParameters.ContainsKey('Container') -or $MyInvocation.ExpectingInput)) {
            return
        }
        Get-WcowObject -Kind Usage -Argument (@('stats', '--no-stream', '--no-trunc', '--human=false', '--format=json') + $names) -Cmdlet $PSCmdlet
    }
}

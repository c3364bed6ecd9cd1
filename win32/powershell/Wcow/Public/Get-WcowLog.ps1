# SPDX-License-Identifier: MIT
function Get-WcowLog {
    <#
    .SYNOPSIS
    Shows what containers wrote.
    .DESCRIPTION
    The lines that each container wrote, standard error among them; with -AsObject each with its time.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .PARAMETER Follow
    Goes on with what is written from now on, until Ctrl-C.
    .PARAMETER Tail
    Only so many lines, the last ones.
    .PARAMETER Since
    Only what was written after this.
    .PARAMETER Until
    Only what was written before this.
    .PARAMETER AsObject
    Objects (Wcow.LogLine) with Time, Container and Line.
    .EXAMPLE
    Get-WcowLog web -Tail 20
    .EXAMPLE
    Get-WcowLog web -Follow | Select-String error
    .EXAMPLE
    Get-WcowContainer | Get-WcowLog -AsObject -Since (Get-Date).AddMinutes(-5) | Sort-Object Time
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container,
        [switch] $Follow,
        [int] $Tail,
        [datetime] $Since,
        [datetime] $Until,
        [switch] $AsObject
    )

    process {
        $argument = @(ConvertTo-WcowArgument -Name 'Get-WcowLog' -Bound $PSBoundParameters)
        foreach ($each in Resolve-WcowName -Kind Container -Name $Container -Cmdlet $PSCmdlet) {
            if (-not $AsObject) {
                Invoke-WcowTool -Argument ($argument + $each) -Cmdlet $PSCmdlet -Target $each -Merge
                continue
            }
            # A line in which a program went back to its beginning comes in several: what has no time goes on with the last.
            $time = $null
            Invoke-WcowTool -Argument ($argument + '--timestamps' + $each) -Cmdlet $PSCmdlet -Target $each -Merge | ForEach-Object {
                $line = $_
                if ($line -match '^(\d{4}-\d\d-\d\dT\S+)(?: |$)') {
                    $begin = $Matches[0]
                    $found = ConvertFrom-WcowDate $Matches[1]
                    if ($found) {
                        $time = $found
                        $line = $line.Substring($begin.Length)
                    }
                }
                [pscustomobject] @{ PSTypeName = 'Wcow.LogLine'; Time = $time; Container = $each; Line = $line }
            }
        }
    }
}

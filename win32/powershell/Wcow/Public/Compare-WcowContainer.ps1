# SPDX-License-Identifier: MIT
function Compare-WcowContainer {
    <#
    .SYNOPSIS
    Lists what a stopped container changed in its files.
    .DESCRIPTION
    What it added, changed and deleted, as objects.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .EXAMPLE
    Compare-WcowContainer build | Where-Object Kind -eq Added
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Change')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container
    )

    process {
        foreach ($each in Resolve-WcowName -Kind Container -Name $Container -Cmdlet $PSCmdlet) {
            Invoke-WcowTool -Argument 'diff', $each -Cmdlet $PSCmdlet -Target $each | ForEach-Object {
                $kind = @{ A = 'Added'; C = 'Changed'; D = 'Deleted' }[$_.Substring(0, 1)]
                [pscustomobject] @{ PSTypeName = 'Wcow.Change'; Container = $each; Kind = $kind; Path = $_.Substring(2) }
            }
        }
    }
}

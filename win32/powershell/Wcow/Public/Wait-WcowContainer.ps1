# SPDX-License-Identifier: MIT
function Wait-WcowContainer {
    <#
    .SYNOPSIS
    Waits until containers have ended.
    .DESCRIPTION
    Waits for each container in turn, and tells its exit code. Those that do not run have ended.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .EXAMPLE
    $ended = Start-WcowContainer job -PassThru | Wait-WcowContainer
    $ended.ExitCode
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Exit')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container
    )

    process {
        foreach ($each in Resolve-WcowName -Kind Container -Name $Container -Cmdlet $PSCmdlet) {
            Invoke-WcowTool -Argument 'wait', $each -Cmdlet $PSCmdlet -Target $each | ForEach-Object {
                [pscustomobject] @{ PSTypeName = 'Wcow.Exit'; Container = $each; ExitCode = [int64] $_ }
            }
        }
    }
}

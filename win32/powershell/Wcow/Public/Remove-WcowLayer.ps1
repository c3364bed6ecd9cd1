# SPDX-License-Identifier: MIT
function Remove-WcowLayer {
    <#
    .SYNOPSIS
    Removes layers.
    .DESCRIPTION
    Removes layers that no image and no container uses.
    .PARAMETER Layer
    Ids, or objects of Get-WcowLayer.
    .EXAMPLE
    Get-WcowLayer | Where-Object { -not $_.Images -and -not $_.Containers } | Remove-WcowLayer
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id')]
        [string[]] $Layer
    )

    process {
        foreach ($each in $Layer) {
            if ($PSCmdlet.ShouldProcess($each, 'Remove layer')) {
                Invoke-WcowTool -Argument 'layer', 'rm', '--force', $each -Cmdlet $PSCmdlet -Target $each | ForEach-Object { $PSCmdlet.WriteVerbose($_) }
            }
        }
    }
}

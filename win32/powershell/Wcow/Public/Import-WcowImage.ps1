# SPDX-License-Identifier: MIT
function Import-WcowImage {
    <#
    .SYNOPSIS
    Loads images from an archive.
    .DESCRIPTION
    Reads what docker save and Export-WcowImage write, and OCI image layouts, and returns the images. What Export-
    WcowContainer writes is for New-WcowImage.
    .PARAMETER Path
    Archives; files of Get-ChildItem are taken.
    .PARAMETER Platform
    Only those of this platform.
    .EXAMPLE
    Import-WcowImage C:\images\web.tar
    .EXAMPLE
    Get-ChildItem C:\images\*.tar | Import-WcowImage
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('Wcow.Image')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('FullName')]
        [string[]] $Path,
        [string] $Platform
    )

    process {
        $argument = @(ConvertTo-WcowArgument -Name 'Import-WcowImage' -Bound $PSBoundParameters)
        foreach ($each in $Path) {
            if ($PSCmdlet.ShouldProcess($each, 'Load images')) {
                $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($each)
                Invoke-WcowTool -Argument ($argument + "--input=$file") -Cmdlet $PSCmdlet -Target $each | ForEach-Object {
                    if ($_ -match '^Loaded image(?: ID)?: (.+)$') {
                        Get-WcowNewImage -Name $Matches[1] -Cmdlet $PSCmdlet
                    }
                }
            }
        }
    }
}

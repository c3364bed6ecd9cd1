# SPDX-License-Identifier: MIT
function Get-WcowImageHistory {
    <#
    .SYNOPSIS
    Shows what images are made of.
    .DESCRIPTION
    The steps in which each image was made, the last one first.
    .PARAMETER Image
    Names or ids, or objects of Get-WcowImage; wildcards are taken.
    .EXAMPLE
    Get-WcowImageHistory web:1
    #>
    [CmdletBinding()]
    [OutputType('Wcow.ImageHistory')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Reference', 'Id')]
        [SupportsWildcards()]
        [string[]] $Image
    )

    process {
        foreach ($each in Resolve-WcowName -Kind Image -Name $Image -Cmdlet $PSCmdlet) {
            Get-WcowObject -Kind History -Argument 'history', '--human=false', '--no-trunc', '--format=json', $each -Cmdlet $PSCmdlet -Target $each
        }
    }
}

# SPDX-License-Identifier: MIT
function Remove-WcowImage {
    <#
    .SYNOPSIS
    Removes images.
    .DESCRIPTION
    Takes the name off each image, and removes it with its last name. One that a container uses is refused, unless
    -Force takes its names.
    .PARAMETER Image
    Names or ids, or objects of Get-WcowImage; wildcards are taken.
    .PARAMETER Force
    Also where a stopped container uses it.
    .EXAMPLE
    Remove-WcowImage web:1
    .EXAMPLE
    Get-WcowImage -Dangling | Remove-WcowImage
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Reference', 'Id')]
        [SupportsWildcards()]
        [string[]] $Image,
        [switch] $Force
    )

    process {
        Invoke-WcowOnEach -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Kind Image -Name $Image -Action 'Remove image'
    }
}

# SPDX-License-Identifier: MIT
function Remove-WcowVolume {
    <#
    .SYNOPSIS
    Removes volumes.
    .DESCRIPTION
    Removes each volume. One that a container uses is refused.
    .PARAMETER Volume
    Names, or objects of Get-WcowVolume; wildcards are taken.
    .PARAMETER Force
    One that is not there is no error.
    .EXAMPLE
    Remove-WcowVolume data
    .EXAMPLE
    Get-WcowVolume test* | Remove-WcowVolume
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Name')]
        [SupportsWildcards()]
        [string[]] $Volume,
        [switch] $Force
    )

    process {
        Invoke-WcowOnEach -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Kind Volume -Name $Volume -Action 'Remove volume'
    }
}

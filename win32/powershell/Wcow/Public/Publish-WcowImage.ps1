# SPDX-License-Identifier: MIT
function Publish-WcowImage {
    <#
    .SYNOPSIS
    Uploads images to a registry.
    .DESCRIPTION
    Uploads each image to the registry that its name begins with, and shows progress. Connect-WcowRegistry signs in.
    .PARAMETER Image
    Names, or objects of Get-WcowImage; wildcards are taken.
    .PARAMETER AllTags
    All tags of the repository.
    .EXAMPLE
    Set-WcowImageTag web:1 registry.example.com/web:1
    Publish-WcowImage registry.example.com/web:1
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Reference')]
        [SupportsWildcards()]
        [string[]] $Image,
        [switch] $AllTags
    )

    process {
        $argument = @(ConvertTo-WcowArgument -Name 'Publish-WcowImage' -Bound $PSBoundParameters)
        foreach ($each in Resolve-WcowName -Kind Image -Name $Image -Cmdlet $PSCmdlet) {
            if ($PSCmdlet.ShouldProcess($each, 'Push image')) {
                Invoke-WcowTool -Argument ($argument + $each) -Cmdlet $PSCmdlet -Target $each | Show-WcowTransfer -Activity "Pushing $each" -Cmdlet $PSCmdlet
            }
        }
    }
}

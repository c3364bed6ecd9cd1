# SPDX-License-Identifier: MIT
function Set-WcowImageTag {
    <#
    .SYNOPSIS
    Gives an image another name.
    .DESCRIPTION
    The image has both names then.
    .PARAMETER Image
    Its name or id, or an object of Get-WcowImage.
    .PARAMETER NewName
    The other name, as registry.example.com/web:1.
    .PARAMETER PassThru
    The image comes out under its new name.
    .EXAMPLE
    Set-WcowImageTag web:1 web:latest -PassThru
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('Wcow.Image')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Reference', 'Id')]
        [string] $Image,
        [Parameter(Mandatory = $true, Position = 1)]
        [string] $NewName,
        [switch] $PassThru
    )

    process {
        if ($PSCmdlet.ShouldProcess($Image, "Tag as $NewName")) {
            Invoke-WcowTool -Argument 'tag', $Image, $NewName -Cmdlet $PSCmdlet -Target $Image
            if ($PassThru -and -not $script:ExitCode) {
                Get-WcowNewImage -Name $NewName -Cmdlet $PSCmdlet
            }
        }
    }
}

# SPDX-License-Identifier: MIT
function Get-WcowHost {
    <#
    .SYNOPSIS
    Tells about this host and what wcow keeps on it.
    .DESCRIPTION
    What wcow info tells, as an object.
    .EXAMPLE
    (Get-WcowHost).OperatingSystem
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Host')]
    param()

    Invoke-WcowTool -Argument 'info', '--format=json' -Cmdlet $PSCmdlet | ForEach-Object {
        $info = ConvertFrom-Json -InputObject $_
        $info.PSObject.TypeNames.Insert(0, 'Wcow.Host')
        $info
    }
}

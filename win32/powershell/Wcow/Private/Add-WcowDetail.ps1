# SPDX-License-Identifier: MIT
# What only inspect tells, for objects that are there: members that lists round or leave out, and with -Detailed all of
# it. Each start of wcow.exe takes as many as a command line is sure to hold (32767 characters).
function Add-WcowDetail {
    param(
        [object[]] $Object, [string[]] $Argument, [switch] $Detailed, [string[]] $Member = @(), [string] $Key = 'Id',
        [System.Management.Automation.PSCmdlet] $Cmdlet
    )

    $names = @($Object | ForEach-Object { $_.$Key } | Sort-Object -Unique)
    for ($from = 0; $from -lt $names.Count; $from += 400) {
        $part = $names[$from..([Math]::Min($from + 399, $names.Count - 1))]
        $details = @{}
        Invoke-WcowTool -Argument ($Argument + '--format={{json .}}' + $part) -Cmdlet $Cmdlet | ForEach-Object {
            $detail = ConvertFrom-WcowRow -Line $_ -Key $Key -Cmdlet $Cmdlet
            if ($detail) {
                $details[[string] $detail.$Key] = $detail
            }
        }
        foreach ($each in $Object) {
            $detail = $details[$each.$Key]
            if (-not $detail) {
                continue
            }
            foreach ($name in $Member) {
                if ($detail.PSObject.Properties[$name]) {
                    Add-Member -InputObject $each -NotePropertyName $name -NotePropertyValue $detail.$name -Force
                }
            }
            if ($Detailed) {
                Add-Member -InputObject $each -NotePropertyName Detail -NotePropertyValue $detail -Force
            }
        }
    }
}
